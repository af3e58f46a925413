namespace PkiCore.Campaigns.KillRestart;

/// <summary>What is known of one certificate. Written by the campaign and by readers; a fact that has come true stays so.</summary>
internal sealed class CertificateFacts(string serial, int listedIn)
{
    private volatile int _revokedIn = int.MaxValue;
    private volatile bool _isRevocationBegun;
    private volatile bool _wasSeenRevoked;
    private volatile bool _wasSeenListed;

    public string Serial { get; } = serial;

    /// <summary>The first run of the host that found it in the index.</summary>
    public int ListedIn { get; } = listedIn;

    public bool WasSeenRevoked => _wasSeenRevoked;

    /// <summary>Whether it is, or is about to be, revoked in the index.</summary>
    public bool IsRevocationBegun => _isRevocationBegun;

    /// <summary>The index is about to say that it is revoked.</summary>
    public void BeginRevocation() => _isRevocationBegun = true;

    /// <summary>The index says so.</summary>
    /// <param name="run">The first run of the host that found it so when it started.</param>
    public void EndRevocation(int run) => _revokedIn = run;

    /// <summary>What may be answered to a question that is sent now.</summary>
    /// <param name="run">The run of the host.</param>
    /// <param name="isReady">Whether it has said that it is ready.</param>
    public Expectation Expect(int run, bool isReady) => new(
        MayBeGood: !_wasSeenRevoked && !(isReady && _revokedIn <= run),
        MayBeUnlisted: !_wasSeenListed && !(isReady && ListedIn <= run));

    /// <summary>Takes note of what was answered.</summary>
    public void NoteSeen(bool isRevoked)
    {
        _wasSeenListed = true;
        if (isRevoked)
        {
            _wasSeenRevoked = true;
        }
    }
}

/// <summary>What may be answered.</summary>
internal readonly record struct Expectation(bool MayBeGood, bool MayBeUnlisted);

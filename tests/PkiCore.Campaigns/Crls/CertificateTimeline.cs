using System.Numerics;
using PkiCore.X509;

namespace PkiCore.Campaigns.Crls;

/// <summary>How one certificate stood, one after the other, and what a CRL may say of it. The campaign writes, readers read.</summary>
internal sealed class CertificateTimeline(string text, SerialNumber serial)
{
    private readonly Lock _lock = new();
    private readonly List<Step> _steps = [new(RevocationStates.NotListed, DateTimeOffset.MinValue) { Done = DateTimeOffset.MinValue }];
    private BigInteger? _revokedIn;

    /// <summary>As it stands in the index.</summary>
    public string Text { get; } = text;

    public SerialNumber Serial { get; } = serial;

    /// <summary>Whether the index says, falsely, that it is not revoked.</summary>
    public bool IsLiedAbout { get; set; }

    public RevocationStates Current
    {
        get
        {
            lock (_lock)
            {
                return _steps[^1].State;
            }
        }
    }

    /// <summary>Whether a CRL was published that says that it is revoked for good.</summary>
    public bool IsPublishedRevoked
    {
        get
        {
            lock (_lock)
            {
                return _revokedIn is not null;
            }
        }
    }

    /// <summary>Called before a change is written: from now on CRLs may tell it.</summary>
    public void Begin(RevocationStates state, DateTimeOffset now)
    {
        lock (_lock)
        {
            _steps.Add(new Step(state, now));
        }
    }

    /// <summary>Called when it is written: CRLs that are newer must tell it.</summary>
    public void End(DateTimeOffset now)
    {
        lock (_lock)
        {
            _steps[^1].Done = now;
        }
    }

    /// <summary>What CRLs may say.</summary>
    /// <param name="number">The highest number among them.</param>
    /// <param name="asOf">Their thisUpdate.</param>
    /// <param name="seen">When they had been read.</param>
    public RevocationStates FindPossible(BigInteger number, DateTimeOffset asOf, DateTimeOffset seen)
    {
        lock (_lock)
        {
            if (_revokedIn <= number)
            {
                return RevocationStates.Revoked; // what was published is not taken back
            }

            int first = _steps.FindLastIndex(step => step.Done <= asOf);
            return _steps.Skip(first).Where((step, index) => index == 0 || step.Began <= seen).Aggregate(RevocationStates.None, (states, step) => states | step.State);
        }
    }

    /// <summary>A CRL says that it is revoked for good.</summary>
    public void NoteRevoked(BigInteger number)
    {
        lock (_lock)
        {
            _revokedIn = _revokedIn is { } earlier ? BigInteger.Min(earlier, number) : number;
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return $"{Text}: {string.Join(", then ", _steps.TakeLast(4).Select(step => $"{step.State} from {step.Began:O} to {step.Done:O}"))}; revoked in {_revokedIn}";
        }
    }

    private sealed class Step(RevocationStates state, DateTimeOffset began)
    {
        public RevocationStates State { get; } = state;

        public DateTimeOffset Began { get; } = began;

        public DateTimeOffset Done { get; set; } = DateTimeOffset.MaxValue;
    }
}

using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.X509;

namespace PkiCore.Campaigns.Rollover;

/// <summary>
/// The delegated signer is replaced again and again, at times by files that do not fit or are broken. Every request is answered, by a signer
/// that was installed, and every signer that was installed comes into use.
/// </summary>
internal sealed class RolloverCampaign(CampaignContext context) : Campaign
{
    private const int Certificates = 200;
    private const int ReaderCount = 4;
    private const string Wrong = "wrong";
    private const string Unanswered = "not answered";
    private const string Unused = "signer not used";

    private static readonly TimeSpan s_useLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Two that are signed ahead, and one that is signed on demand.</summary>
    private static readonly CertIdHash[] s_hashes = [CertIdHash.Sha1, CertIdHash.Sha256, CertIdHash.Sha384];

    private readonly Journal<SignerEntry> _journal = new(context.JournalPath);
    private readonly SignerSightings _sightings = new();
    private ServedCa _served = null!;
    private SignerFiles _files = null!;
    private Asker _asker = null!;
    private Readers? _readers;
    private byte[] _authority = [];
    private int _rollovers;
    private int _spoiled;
    private int _signals;
    private TimeSpan _longestDelay;

    public override string Progress => $"{_rollovers} rollovers, {_asker.Answers} answers verified, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        ("rollovers", $"{_rollovers}"),
        ("  after files that must not be used", $"{_spoiled}"),
        ("SIGHUP", $"{_signals}"),
        ("signers seen in answers", $"{_sightings.Count}"),
        ("answers verified", $"{_asker?.Answers}"),
        ("  of an earlier signer, still good", $"{_sightings.Coexisting}"),
        ("tryLater", $"{_asker?.TryLater}"),
        ("longest from files to answer", $"{_longestDelay.TotalMilliseconds:0} ms"),
        (Wrong, $"{Faults.Count(Wrong)}"),
        (Unanswered, $"{Faults.Count(Unanswered)}"),
        (Asker.Unverifiable, $"{Faults.Count(Asker.Unverifiable)}"),
        (Asker.Transport, $"{Faults.Count(Asker.Transport)}"),
    ];

    public override async Task ArrangeAsync(CancellationToken cancellationToken)
    {
        _served = await ServedCa.StartAsync(context.Folder, Certificates, cancellationToken);
        _authority = await File.ReadAllBytesAsync(_served.Ca.CaPath, cancellationToken);
        _files = new SignerFiles(_served.Ca);
        _asker = new Asker(_served.Host.Url, _served.Issuer, Faults);
        Record(_files.Installed, "arrange", isInstalled: false);
        Record(_files.Installed, "arrange", isInstalled: true);
        _readers = new Readers(ReaderCount, context.Seed, AskOnceAsync);
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        Task signalling = SignalAsync(new Random(random.Next()), cancellationToken);
        bool spoils = random.Next(2) == 0;
        if (spoils)
        {
            await _files.SpoilAsync(random, cancellationToken);
        }

        PreparedSigner next = _files.Prepare(random);
        string operation = spoils ? "replace what must not be used" : "replace";
        Record(next.Signer, operation, isInstalled: false);
        await _files.InstallAsync(next, random, cancellationToken);
        Record(next.Signer, operation, isInstalled: true);
        await WaitForUseAsync(next.Signer, cancellationToken);
        await signalling;
        await Task.Delay(random.NextDouble() * s_longestPause, cancellationToken);
        _rollovers++;
        _spoiled += spoils ? 1 : 0;
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        await _readers!.StopAsync();
        foreach (SignerEntry installed in _journal.Read().Where(entry => entry.IsInstalled && !_sightings.IsSeen(entry.Signer)))
        {
            Faults.Add(Unused, $"{installed.Signer}, installed at {installed.At:O}, signed nothing that was answered");
        }

        byte[] authority = await File.ReadAllBytesAsync(_served.Ca.CaPath, cancellationToken);
        if (!authority.AsSpan().SequenceEqual(_authority))
        {
            Faults.Add(Wrong, "the CA's own certificate is not what it was: the campaign itself is at fault");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (_readers?.DisposeAsync() ?? default);
        _asker?.Dispose();
        await (_served?.DisposeAsync() ?? default);
        _journal.Dispose();
    }

    private void Record(string signer, string operation, bool isInstalled)
    {
        _journal.Append(new SignerEntry(TimeProvider.System.GetUtcNow(), signer, operation, isInstalled));
        if (!isInstalled)
        {
            _sightings.Expect(signer);
        }
    }

    /// <summary>Two signers in a row are both seen, because the next is not installed before.</summary>
    private async Task WaitForUseAsync(string signer, CancellationToken cancellationToken)
    {
        try
        {
            TimeSpan delay = await Eventually.HoldsAsync($"an answer by {signer}", () => Task.FromResult(_sightings.IsSeen(signer)), s_useLimit, cancellationToken);
            _longestDelay = delay > _longestDelay ? delay : _longestDelay;
        }
        catch (TimeoutException e)
        {
            Faults.Add(Unused, e.Message);
        }
    }

    /// <summary>Asks for a reload when it suits nobody.</summary>
    private async Task SignalAsync(Random random, CancellationToken cancellationToken)
    {
        for (int count = random.Next(4); count > 0; count--)
        {
            await Task.Delay(random.Next(1500), cancellationToken);
            _served.Host.Signal(ResponderProcess.SigHup);
            _signals++;
        }
    }

    private async Task AskOnceAsync(Random random, CancellationToken cancellationToken)
    {
        string serial = _served.Serials[random.Next(_served.Serials.Count)];
        CertIdHash hash = s_hashes[random.Next(s_hashes.Length)];
        bool isLive = hash == CertIdHash.Sha384;
        Answer? answer = await _asker.AskAsync(Question.Create(_served.Issuer.Certificate, serial, hash), byGet: random.Next(2) == 0, cancellationToken);
        if (answer is null)
        {
            return; // noted already
        }

        if (answer.Standing is not { } standing)
        {
            Faults.Add(Unanswered, $"{serial} by {hash} at {answer.Sent:O}: {answer.Status}");
        }
        else if (standing != Standing.Good)
        {
            Faults.Add(Wrong, $"{serial} by {hash} at {answer.Sent:O}: {standing}");
        }
        else if (_sightings.Add(answer, isLive) is { } fault)
        {
            Faults.Add(Wrong, $"{serial} by {hash} at {answer.Sent:O}: {fault}");
        }
    }
}

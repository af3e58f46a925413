using System.Diagnostics;
using System.Globalization;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Table;

/// <summary>A responder over a <see cref="SyntheticSource"/>, with a P-256 key from a file.</summary>
internal sealed class FilledResponder : IAsyncDisposable
{
    private const int VerifiedShare = 1000;

    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(10);

    /// <summary>A problem that is gone at the next look is none.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_snapshotTimeout = TimeSpan.FromMinutes(5);

    private readonly TableSettings _settings;
    private readonly SnapshotLog _log = new();
    private readonly ISigner _signer;
    private readonly OcspResponder _responder;
    private readonly byte[] _reply;

    public FilledResponder(TableSettings settings)
    {
        _settings = settings;
        Serials = new SyntheticSerials(settings.SerialLength);
        DemoCa ca = DemoCa.Open(settings.Ca, TimeProvider.System);
        Issuer = Issuer.FromPemFile(ca.CaPath);
        _signer = SoftwareSigner.FromPemFiles(ca.ResponderPath, ca.ResponderKeyPath);
        var options = new OcspResponderOptions
        {
            CombineHashes = settings.CombineHashes,
            SnapshotDirectory = settings.SnapshotDirectory,
            SnapshotInterval = TimeSpan.FromDays(1), // one when the source has been read, and one at the end: not while something else is measured
            ServeBeforeSync = settings.SourceIsReachable ? ServeBeforeSync.Wait : ServeBeforeSync.Now,
        };
        options.PreparedHashes = settings.Hashes ?? options.PreparedHashes;
        Hashes = options.PreparedHashes;
        _responder = new OcspResponder(options, loggerFactory: _log);
        _reply = new byte[_responder.MaxResponseLength];
        Source = new SyntheticSource(Serials, settings.Certificates, settings.SourceIsReachable);
        _responder.AddIssuer(Issuer, _signer, Source);
    }

    public Issuer Issuer { get; }

    public ISigner Signer => _signer;

    public SyntheticSource Source { get; }

    public SyntheticSerials Serials { get; }

    public IReadOnlyList<CertIdHash> Hashes { get; }

    public CertificateTable Table => _responder.Issuers[0].Table;

    /// <summary>How long the responder says that it took to read its snapshot.</summary>
    public double SecondsToRestore => _log.SecondsToRead ?? throw new InvalidOperationException("The snapshot was not read.");

    public OcspAnswer Answer(ReadOnlySpan<byte> request, Span<byte> reply) => _responder.Answer(request, reply);

    public byte[] CreateReplyBuffer() => new byte[_responder.MaxResponseLength];

    public Task StartAsync() => _responder.StartAsync();

    /// <summary>Waits for the snapshot that the responder writes once the source has been read, while it signs.</summary>
    /// <returns>The seconds that it says it took.</returns>
    public Task<double> WaitForSnapshotAsync() => _log.SecondsToWrite.WaitAsync(s_snapshotTimeout, TimeProvider.System);

    public string FileBesideSnapshot(string name) => Path.Combine(_settings.SnapshotDirectory!, name);

    /// <summary>Waits until every answer is signed.</summary>
    /// <param name="revoked">How many of them are revoked by then.</param>
    /// <param name="pollInterval">How often to look.</param>
    public async Task WaitUntilSignedAsync(int revoked, TimeSpan pollInterval)
    {
        long begunAt = Stopwatch.GetTimestamp();
        long wellAt = begunAt;
        TimeSpan nextReport = s_progressInterval;
        while (true)
        {
            IssuerHealth health = _responder.GetHealth().Issuers[0];
            wellAt = health.Problems.Count == 0 ? Stopwatch.GetTimestamp() : wellAt;
            if (Stopwatch.GetElapsedTime(wellAt) > s_patience)
            {
                throw new InvalidOperationException(string.Join("; ", health.Problems));
            }

            if (health.Watermark is not null && health.Certificates == _settings.Certificates && health.Revoked == revoked && health.WaitingToBeSigned == 0)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(begunAt) >= nextReport)
            {
                nextReport += s_progressInterval;
                Progress.Report(string.Create(CultureInfo.InvariantCulture, $"{health.Certificates:N0} certificates, {health.WaitingToBeSigned:N0} wait to be signed"));
            }

            await Task.Delay(pollInterval, TimeProvider.System);
        }
    }

    /// <summary>Reads every answer, by every prepared hash, and verifies one in a thousand.</summary>
    /// <param name="revoked">How many, from the first on, have to be revoked; the others have to be good.</param>
    /// <exception cref="InvalidOperationException">An answer is not what it should be.</exception>
    public void CheckAll(int revoked)
    {
        foreach (CertIdHash hash in Hashes)
        {
            var request = new SyntheticRequest(Issuer, hash, Serials);
            for (int i = 0; i < _settings.Certificates; i++)
            {
                Check(i, request.For(i), i < revoked ? OcspOutcome.Revoked : OcspOutcome.Good);
            }
        }
    }

    /// <summary>How long the part of a reply is that is signed.</summary>
    public int GetLengthToBeSigned()
    {
        OcspAnswer answer = _responder.Answer(new SyntheticRequest(Issuer, Hashes[0], Serials).For(0), _reply);
        return OcspResponse.Parse(_reply.AsSpan(0, answer.Length))!.ToBeSigned.Length;
    }

    public async ValueTask DisposeAsync()
    {
        await _responder.DisposeAsync();
        Source.Dispose();
        _signer.Dispose();
    }

    private void Check(int index, ReadOnlySpan<byte> request, OcspOutcome expected)
    {
        OcspAnswer answer = _responder.Answer(request, _reply);
        if (answer.Outcome != expected)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"Certificate {index} is answered as {answer.Outcome} instead of {expected}."));
        }

        if (index % VerifiedShare == 0)
        {
            OcspResponse? response = OcspResponse.Parse(_reply.AsSpan(0, answer.Length));
            OcspVerificationResult? result = response is null ? null : OcspResponseVerifier.Verify(response, Issuer, TimeProvider.System.GetUtcNow());
            byte[] serial = new byte[Serials.Length];
            Serials.Write(index, serial);
            if (result != OcspVerificationResult.Valid || !response!.Responses[0].SerialNumber.Span.SequenceEqual(serial))
            {
                throw new InvalidOperationException(FormattableString.Invariant($"The answer about certificate {index} does not verify: {result}."));
            }
        }
    }
}

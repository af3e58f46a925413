using System.Numerics;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.Tests.Serving;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>A publisher without its threads: state, schedule and issuance over a folder, each step at the test's command. It can be started again.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class IssuanceRig : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DotNetSigner _signer;
    private readonly CrlPublisherOptions _options;
    private readonly CrlMetrics _metrics;

    public IssuanceRig(Action<CrlPublisherOptions>? configure = null, params CrlAuthority[] others)
    {
        Others = others;
        _signer = Authority.CreateSigner();
        Signer = _signer;
        _options = new CrlPublisherOptions { Directory = _directory.File("crl") };
        configure?.Invoke(_options);
        _options = _options.Validated();
        _metrics = new CrlMetrics(meterFactory: null, "test", Clock);
        Start();
    }

    public CrlAuthority Authority { get; } = new("CN=Rig CA");

    /// <summary>Issuers of certificates beside <see cref="Authority"/>.</summary>
    public IReadOnlyList<CrlAuthority> Others { get; }

    public ManualTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    public DateTimeOffset Now => Clock.GetUtcNow();

    public ListLogger Logger { get; } = new();

    public ISigner Signer { get; set; }

    public CrlState State { get; private set; } = null!;

    public CrlIssuance Issuance { get; private set; } = null!;

    public CrlPublisherOptions Options => _options;

    public string Directory => _options.Directory;

    public string StatePath => Path.Combine(Directory, "state");

    public string NumberPath => Path.Combine(Directory, "number");

    public IReadOnlyList<string> Files => [.. System.IO.Directory.EnumerateFiles(Path.Combine(Directory, "current")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Restart(Action? meanwhile = null)
    {
        State.Dispose();
        meanwhile?.Invoke();
        Start();
    }

    /// <summary>Applies changes in one batch, as of now.</summary>
    public void Apply(params StatusChange[] changes) => ApplyTo(0, changes);

    public void ApplyTo(int issuer, params StatusChange[] changes) =>
        State.Apply(issuer, new StatusBatch { Changes = changes, Watermark = Now, Position = new SourcePosition($"{Now.UtcTicks}") });

    /// <summary>Publishes what is due, or everything.</summary>
    /// <returns>What was.</returns>
    public IReadOnlyList<DueCrl> Publish(bool all = true)
    {
        var terms = new CrlTerms(Now);
        List<DueCrl> due = new CrlSchedule(_options).FindDue(State.Scopes, Issuance.Published, Now, terms.ThisUpdate, all);
        if (due.Count > 0)
        {
            Issuance.Publish(due, State, [Authority.Issuer, .. Others.Select(other => other.Issuer)], Signer, terms, Now);
        }

        return due;
    }

    /// <summary>Goes on by some time, and publishes everything.</summary>
    public void PublishAfter(TimeSpan time)
    {
        Clock.Advance(time);
        Publish();
    }

    public string PathOf(string name) => Path.Combine(Directory, "current", name);

    /// <summary>What is published under a name; it verifies.</summary>
    public CrlContents Read(string name = "ca.crl") => CrlContents.Read(PathOf(name), Authority.Certificate);

    /// <summary>The entries by serial number, in hexadecimal, with their reasons.</summary>
    public Dictionary<string, X509RevocationReason> Reasons(string name = "ca.crl") =>
        Read(name).Entries.ToDictionary(entry => Convert.ToHexString(entry.Serial), entry => (X509RevocationReason)entry.Reason);

    public void Dispose()
    {
        State.Dispose();
        _metrics.Dispose();
        _signer.Dispose();
        Authority.Dispose();
        _directory.Dispose();
    }

    private void Start()
    {
        Issuance = new CrlIssuance(Authority.Issuer, _options, _metrics, Logger, NullLogger.Instance);
        State = CrlState.Open(StatePath, new ScopeSet(_options.Scopes), [Authority.Issuer, .. Others.Select(other => other.Issuer)], _options.HasDeltas, Clock, Logger);
        Issuance.AdoptState(State);
    }
}

/// <summary>What a CRL says.</summary>
internal sealed record CrlContents(BigInteger Number, BigInteger? BaseNumber, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate, IReadOnlyList<ReadEntry> Entries)
{
    public static CrlContents Read(string path, X509Certificate2 issuer)
    {
        using (var verified = CrlReader.Open(path))
        {
            Assert.True(verified.Verify(issuer), $"{path} does not verify");
        }

        using FileStream file = File.OpenRead(path);
        using var reader = new CrlReader(file);
        using FileStream again = File.OpenRead(path);
        return new CrlContents(reader.Number!.Value, reader.BaseNumber, reader.ThisUpdate, reader.NextUpdate, CrlReading.All(again));
    }
}

/// <summary>Changes of status in few words.</summary>
internal static class Change
{
    public static readonly DateTimeOffset Expiry = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static StatusChange Revoked(string serial, DateTimeOffset since, X509RevocationReason reason = X509RevocationReason.KeyCompromise) =>
        new(Serial(serial), new CertificateStatus(since, reason), Expiry);

    public static StatusChange Held(string serial, DateTimeOffset since) => Revoked(serial, since, X509RevocationReason.CertificateHold);

    public static StatusChange Good(string serial) => new(Serial(serial), CertificateStatus.Good, Expiry);

    /// <param name="octets">The octets of the INTEGER in hexadecimal.</param>
    public static SerialNumber Serial(string octets)
    {
        Assert.True(SerialNumber.TryCreate(Convert.FromHexString(octets), out SerialNumber serial), octets);
        return serial;
    }
}

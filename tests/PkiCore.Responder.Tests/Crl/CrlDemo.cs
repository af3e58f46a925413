using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Responder.Demo;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>A demonstration CA in a folder of its own, CRLs of it by several hands, and the <c>crl</c> commands.</summary>
internal sealed class CrlDemo : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();

    public CrlDemo() => Ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);

    public DemoCa Ca { get; }

    public static DateTimeOffset Now { get; } = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    public string File(string name) => _directory.File(name);

    /// <summary>Where <see cref="BuildAsync"/> publishes.</summary>
    public string Published(string name) => _directory.File($"published/current/{name}");

    /// <summary>Makes a CRL by CrlBuilder.</summary>
    /// <param name="name">The file.</param>
    /// <param name="number">The CRL number.</param>
    /// <param name="baseNumber">For a delta CRL the base's.</param>
    /// <param name="thisUpdate">Default: an hour ago.</param>
    /// <param name="validity">Default: 1 day.</param>
    /// <param name="uri">The distribution point.</param>
    /// <param name="entries">Serial numbers and reasons.</param>
    public string Write(
        string name, int number, int? baseNumber = null, DateTimeOffset? thisUpdate = null, TimeSpan? validity = null, string? uri = null,
        params (string Serial, X509RevocationReason Reason)[] entries)
    {
        DateTimeOffset issued = thisUpdate ?? Now.AddHours(-1);
        var builder = new CrlBuilder(Issuer.FromPemFile(Ca.CaPath))
        {
            Number = number,
            BaseNumber = baseNumber is { } value ? new BigInteger(value) : null,
            ThisUpdate = issued,
            NextUpdate = issued + (validity ?? TimeSpan.FromDays(1)),
            DistributionPoint = uri is null ? null : new IssuingDistributionPoint { Uris = [uri] },
        };
        foreach ((string serial, X509RevocationReason reason) in entries)
        {
            Assert.True(SerialNumber.TryParse(serial, out SerialNumber parsed));
            builder.Add(parsed, new CertificateStatus(issued.AddHours(-1), reason));
        }

        using ISigner signer = SoftwareSigner.FromPemFiles(Ca.CaPath, Ca.CaKeyPath);
        using FileStream file = System.IO.File.Create(File(name));
        builder.WriteTo(file, signer, s_limit);
        return File(name);
    }

    /// <summary>Makes a CRL by .NET, which does not mind what is on it.</summary>
    public string WriteByDotNet(string name, params string[] serials) => WriteByDotNet(name, Now.AddHours(-2), serials);

    /// <inheritdoc cref="WriteByDotNet(string, string[])"/>
    public string WriteByDotNet(string name, DateTimeOffset revoked, params string[] serials)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (string serial in serials)
        {
            builder.AddEntry(Convert.FromHexString(serial), revoked);
        }

        using var ca = X509Certificate2.CreateFromPemFile(Ca.CaPath, Ca.CaKeyPath);
        System.IO.File.WriteAllBytes(File(name), builder.Build(ca, 7, Now.AddDays(1), HashAlgorithmName.SHA256, rsaSignaturePadding: null, Now.AddHours(-1)));
        return File(name);
    }

    /// <summary>Makes a CRL by <c>openssl ca</c>, in PEM.</summary>
    public async Task<string> WriteByOpenSslAsync(string name)
    {
        await OpenSslAsync("ca", "-config", Ca.OpenSslConfigurationPath, "-gencrl", "-out", File(name));
        return File(name);
    }

    public static Task<ToolResult> OpenSslAsync(params string[] arguments) => ToolProcess.RunCheckedAsync(RequiredTool.OpenSsl, arguments, s_limit, Cancellation);

    /// <summary>Runs <c>crl build</c> into the folder of <see cref="Published"/>.</summary>
    public Task<ToolResult> BuildAsync(int exitCode, params string[] arguments) => RunAsync(
        exitCode, ["build", "--ca", Ca.CaPath, "--index", Ca.IndexPath, "--out", File("published"), .. arguments.Contains("--key") ? Array.Empty<string>() : ["--key", Ca.CaKeyPath], .. arguments]);

    /// <summary>Runs a <c>crl</c> command.</summary>
    public static async Task<ToolResult> RunAsync(int exitCode, params string[] arguments)
    {
        ToolResult result = await ResponderProcess.RunAsync(["crl", .. arguments], Cancellation, new ToolOptions { Timeout = s_limit });
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        return result;
    }
}

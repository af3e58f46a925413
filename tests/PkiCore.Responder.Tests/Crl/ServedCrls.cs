using System.Net;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using PkiCore.Crl;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>A demonstration CA, and settings of the host that publishes its CRLs.</summary>
internal sealed class ServedCrls : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public ServedCrls()
    {
        Ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        Configuration = new ResponderConfiguration(_directory.File("responder.json")).Add(Ca);
        Configuration.Issuers[0]!["Crl"] = CreateSection(Ca, "crl");
    }

    public DemoCa Ca { get; }

    public ResponderConfiguration Configuration { get; }

    /// <summary>The section about the CRLs of the first CA.</summary>
    public JsonObject Section => (JsonObject)Configuration.Issuers[0]!["Crl"]!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string File(string name) => _directory.File(name);

    /// <summary>Everything is published at once when it changes; without a change nothing comes within a test.</summary>
    public static JsonObject CreateSection(DemoCa ca, string directory) => new()
    {
        ["Directory"] = directory,
        ["Key"] = ca.CaKeyPath,
        ["PublishAfterChange"] = "00:00:00",
        ["DeltaInterval"] = "01:00:00",
        ["PublishDeltaAfterChange"] = "00:00:00",
    };

    public Task<ResponderProcess> ServeAsync() => ResponderProcess.ServeAsync(Configuration.Write(), Cancellation);

    /// <summary>Waits until a CRL is served that is as it should be.</summary>
    public static async Task<ReadCrl> WaitForAsync(ResponderProcess responder, string path, DemoCa ca, Predicate<ReadCrl>? isWanted = null)
    {
        ReadCrl? crl = null;
        await Eventually.HoldsAsync(path + " is served as it should be", async () => (crl = await TryReadAsync(responder, path, ca)) is not null && isWanted?.Invoke(crl) != false, Cancellation);
        return crl!;
    }

    /// <summary>Fetches a CRL and verifies it; <see langword="null"/> when none is served there.</summary>
    public static async Task<ReadCrl?> TryReadAsync(ResponderProcess responder, string path, DemoCa ca)
    {
        HttpReply reply = await RawHttp.GetAsync(responder.Url, path, Cancellation);
        if (reply.Status != (int)HttpStatusCode.OK || reply["Content-Type"] != "application/pkix-crl")
        {
            return null;
        }

        using var reader = new CrlReader(new MemoryStream(reply.Body));
        var serials = new List<string>();
        while (reader.TryRead(out CrlEntry entry))
        {
            serials.Add(Convert.ToHexString(entry.SerialNumber));
        }

        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificateFromFile(ca.CaPath);
        Assert.True(reader.Verify(issuer));
        return new ReadCrl(reader.Number!.Value, reader.BaseNumber, serials, reader.DistributionPoint?.Uris ?? [], reader.FreshestCrl);
    }

    public static async Task<OcspCertificateStatus?> AskAsync(ResponderProcess responder, DemoCa ca, string certificatePath)
    {
        OcspResponse? response = OcspResponse.Parse(await responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, certificatePath), Cancellation));
        return response?.Responses is [{ } single] ? single.Status : null;
    }

    public static async Task<bool> HealthHasAsync(ResponderProcess responder, string text) =>
        (await responder.GetAsync("healthz", Cancellation)).Body.Contains(text, StringComparison.Ordinal);

    public static string SerialOf(string certificatePath)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
        return Convert.ToHexString(certificate.SerialNumberBytes.Span);
    }

    public void Dispose() => _directory.Dispose();
}

/// <summary>What is in a CRL that verified.</summary>
internal sealed record ReadCrl(BigInteger Number, BigInteger? BaseNumber, IReadOnlyList<string> Serials, IReadOnlyList<string> Uris, IReadOnlyList<string> FreshestCrl);

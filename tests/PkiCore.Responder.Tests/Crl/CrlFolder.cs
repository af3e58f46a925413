using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Following;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>A CRL for clients to judge: what is left out is usual.</summary>
internal sealed record CrlTerms
{
    public BigInteger Number { get; init; } = 7;

    public BigInteger? BaseNumber { get; init; }

    public DateTimeOffset ThisUpdate { get; init; } = TimeProvider.System.GetUtcNow().AddHours(-1);

    public DateTimeOffset? NextUpdate { get; init; }

    public IssuingDistributionPoint? Point { get; init; }

    public IReadOnlyList<string> FreshestCrl { get; init; } = [];

    public IReadOnlyList<string> CaIssuers { get; init; } = [];

    public ReadOnlyMemory<byte>? IssuerAltName { get; init; }

    public DateTimeOffset? ExpiredCertsOnCrl { get; init; }
}

/// <summary>A folder with CRLs and certificates in files, and OpenSSL to judge them.</summary>
internal sealed class CrlFolder : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private int _count;

    public string FullPath => _directory.FullPath;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static SerialNumber Serial(string octets)
    {
        Assert.True(SerialNumber.TryCreate(Convert.FromHexString(octets), out SerialNumber serial), octets);
        return serial;
    }

    public string File(string name) => _directory.File(name);

    /// <summary>Writes a CRL of an authority.</summary>
    public string Write(CrlAuthority authority, CrlTerms terms, params (string Serial, X509RevocationReason Reason)[] entries) =>
        Write(authority, terms, builder =>
        {
            foreach ((string serial, X509RevocationReason reason) in entries)
            {
                builder.Add(Serial(serial), new CertificateStatus(terms.ThisUpdate.AddMinutes(-1), reason));
            }
        });

    public string Write(CrlAuthority authority, CrlTerms terms, Action<CrlBuilder> fill)
    {
        using DotNetSigner signer = authority.CreateSigner();
        return Write(authority.Issuer, signer, terms, fill);
    }

    public string Write(Issuer issuer, ISigner signer, CrlTerms terms, Action<CrlBuilder> fill)
    {
        var builder = new CrlBuilder(issuer)
        {
            Number = terms.Number,
            BaseNumber = terms.BaseNumber,
            ThisUpdate = terms.ThisUpdate,
            NextUpdate = terms.NextUpdate ?? terms.ThisUpdate.AddDays(4),
            DistributionPoint = terms.Point,
            FreshestCrl = terms.FreshestCrl,
            CaIssuers = terms.CaIssuers,
            IssuerAltName = terms.IssuerAltName,
            ExpiredCertsOnCrl = terms.ExpiredCertsOnCrl,
        };
        fill(builder);
        string path = _directory.File($"{++_count}.crl");
        using FileStream file = System.IO.File.Create(path);
        builder.WriteTo(file, signer, s_limit);
        return path;
    }

    public string Write(X509Certificate2 certificate)
    {
        string path = _directory.File($"{++_count}.pem");
        System.IO.File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }

    /// <summary>What <c>openssl crl</c> prints of a CRL whose signature it has verified.</summary>
    public async Task<string> PrintAsync(string crl, X509Certificate2 issuer)
    {
        ToolResult result = await ToolProcess.RunCheckedAsync(
            RequiredTool.OpenSsl, ["crl", "-inform", "DER", "-in", crl, "-noout", "-text", "-nameopt", "RFC2253", "-CAfile", Write(issuer)], s_limit, Cancellation);
        Assert.Contains("verify OK", result.Error, StringComparison.Ordinal);
        return result.Output;
    }

    /// <summary>What <c>openssl verify</c> thinks of a certificate: <c>OK</c>, or its errors.</summary>
    public async Task<string> VerifyAsync(X509Certificate2 certificate, CrlAuthority root, string[] crls, string[] options, params CrlAuthority[] untrusted)
    {
        string[] arguments =
        [
            "verify", "-CAfile", Write(root.Certificate), .. untrusted.SelectMany(authority => new[] { "-untrusted", Write(authority.Certificate) }),
            .. crls.SelectMany(crl => new[] { "-CRLfile", crl }), .. options, Write(certificate),
        ];
        ToolResult result = await ToolProcess.RunAsync(RequiredTool.OpenSsl, arguments, s_limit, Cancellation);
        string[] errors = [.. result.Error.Split('\n').Where(line => line.StartsWith("error ", StringComparison.Ordinal) && line.Contains("lookup:", StringComparison.Ordinal)).Select(line => line[(line.IndexOf("lookup:", StringComparison.Ordinal) + 7)..].Trim())];
        Assert.True(result.ExitCode == 0 == (errors.Length == 0), result.ToString());
        return errors.Length == 0 ? "OK" : string.Join(", ", errors);
    }

    public void Dispose() => _directory.Dispose();
}

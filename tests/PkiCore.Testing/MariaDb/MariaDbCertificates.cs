using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Testing.MariaDb;

/// <summary>Certificates for a database server and its clients, of a CA of their own; and some that must not be accepted.</summary>
public sealed class MariaDbCertificates(string folder)
{
    /// <summary>The name in the server's certificate, beside 127.0.0.1.</summary>
    public const string ServerName = "localhost";

    public const string ClientSubject = "/O=PkiCore tests/CN=client";

    public string CaFile => Path.Combine(folder, "ca.pem");

    /// <summary>A CA that has issued nothing here.</summary>
    public string OtherCaFile => Path.Combine(folder, "other-ca.pem");

    public string ServerCertificateFile => CertificateFile("server");

    public string ServerKeyFile => KeyFile("server");

    public string ClientCertificateFile => CertificateFile("client");

    public string ClientKeyFile => KeyFile("client");

    /// <summary>The certificate "server", "wrong-name", "expired", "client" or "other-client" (of the other CA).</summary>
    public string CertificateFile(string name) => Path.Combine(folder, $"{name}.pem");

    public string KeyFile(string name) => Path.Combine(folder, $"{name}.key");

    internal async Task CreateAsync()
    {
        Directory.CreateDirectory(folder);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 ca = Authority("PkiCore tests CA", key);
        using X509Certificate2 otherCa = Authority("PkiCore other CA", otherKey);
        await File.WriteAllTextAsync(CaFile, ca.ExportCertificatePem());
        await File.WriteAllTextAsync(OtherCaFile, otherCa.ExportCertificatePem());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await IssueAsync("server", ca, "CN=server", now.AddDays(30), ServerName);
        await IssueAsync("wrong-name", ca, "CN=wrong", now.AddDays(30), "elsewhere.example");
        await IssueAsync("expired", ca, "CN=expired", now.AddDays(-1), ServerName);
        await IssueAsync("client", ca, "O=PkiCore tests, CN=client", now.AddDays(30), null);
        await IssueAsync("other-client", otherCa, "O=PkiCore tests, CN=client", now.AddDays(30), null);
    }

    private static X509Certificate2 Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-10), TimeProvider.System.GetUtcNow().AddDays(40));
    }

    private async Task IssueAsync(string file, X509Certificate2 ca, string subject, DateTimeOffset end, string? serverName)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Order as written: MariaDB compares REQUIRE SUBJECT with the text that OpenSSL makes of it.
        var request = new CertificateRequest(new X500DistinguishedName(subject, X500DistinguishedNameFlags.None), key, HashAlgorithmName.SHA256);
        if (serverName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(serverName);
            if (serverName == ServerName)
            {
                names.AddIpAddress(IPAddress.Loopback);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 certificate = request.Create(ca, TimeProvider.System.GetUtcNow().AddDays(-2), end, RandomNumberGenerator.GetBytes(8));
        await File.WriteAllTextAsync(CertificateFile(file), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(KeyFile(file), key.ExportPkcs8PrivateKeyPem());
    }
}

using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>The commands that the demonstration prints.</summary>
internal static class DemoCommands
{
    /// <param name="ca">The CA.</param>
    /// <param name="token">The token with the responder's key, if it is on one.</param>
    /// <param name="configuration">The configuration when the state is in a cluster; <see langword="null"/>: it is in the index.</param>
    /// <param name="url">Where OCSP is answered.</param>
    /// <param name="management">Where health and metrics are; empty for nowhere.</param>
    public static string Describe(DemoCa ca, DemoToken? token, string? configuration, string url, string management)
    {
        string folder = Path.GetRelativePath(Environment.CurrentDirectory, ca.Directory);
        url = url.TrimEnd('/') + "/";
        string query = $"openssl ocsp -issuer {folder}/ca.pem -CAfile {folder}/ca.pem -url {url} -no_nonce";
        return $"""

            Answering for the demonstration CA in {folder} on {url}. Try, in another terminal:

              {query} -cert {folder}/good.pem
              {query} -cert {folder}/revoked.pem
              {query} -cert {folder}/unknown.pem

            The last one is refused as unauthorized: the CA's {(configuration is null ? "index" : "database")} does not list that certificate.

              curl -s -D - -o answer.der {url}{Uri.EscapeDataString(Convert.ToBase64String(CreateRequest(ca)))}
              openssl ocsp -respin answer.der -issuer {folder}/ca.pem -CAfile {folder}/ca.pem -cert {folder}/good.pem -no_nonce

            {(configuration is null ? DescribeIndex(folder) : DescribeCluster(ca, folder, $"{query} -cert {folder}/good.pem"))}
            The delta CRL tells of it at once, the complete CRL within ten minutes; the certificates say where both are:

              curl -s -o ca.crl {url}crl/ca.crl -o ca-delta.crl {url}crl/ca-delta.crl
              openssl verify -CAfile {folder}/ca.pem -crl_check -CRLfile ca.crl {folder}/good.pem
              openssl verify -CAfile {folder}/ca.pem -crl_check -CRLfile ca.crl -CRLfile ca-delta.crl -extended_crl -use_deltas {folder}/good.pem
            {(configuration is null ? "" : DescribeNodes(folder))}{DescribeToken(token, folder)}{(management.Length == 0 ? "" : $"\nHealth and metrics: {management.TrimEnd('/')}/healthz and {management.TrimEnd('/')}/metrics")}
            Stop with Ctrl+C.
            """;
    }

    private static string DescribeIndex(string folder) => $"""
        Revoke a certificate, and ask for it again:

          openssl ca -config {folder}/openssl.cnf -revoke {folder}/good.pem -crl_reason keyCompromise

        """;

    private static string DescribeCluster(DemoCa ca, string folder, string query)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(ca.GoodPath);
        return $"""
            Revoke a certificate in the database, and ask for it again within a second:

              {Program()} revoke --config {folder}/responder.json --ca {folder}/ca.pem --reason keyCompromise {certificate.SerialNumber}
              {query}

            """;
    }

    private static string DescribeNodes(string folder) => $"""

        The nodes of the cluster, and which one is read:

          {Program()} galera status --config {folder}/responder.json

        """;

    private static string DescribeToken(DemoToken? token, string folder) => token is null ? "" : $"""

        Answers are signed with a key on a token. Try the key on its own:

          {DemoToken.Variable}={folder}/softhsm/softhsm2.conf {Program()} hsm test --certificate {folder}/ocsp.pem '{token.Uri($"{folder}/softhsm/pin")}'

        """;

    /// <summary>How this program was started.</summary>
    private static string Program()
    {
        string path = Environment.ProcessPath ?? "";
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? $"dotnet {Path.Combine(AppContext.BaseDirectory, "PkiCore.Responder.dll")}" : path;
    }

    /// <summary>A request for the good certificate, with a SHA-1 CertID as most clients send it (RFC 6960 4.1.1).</summary>
    private static byte[] CreateRequest(DemoCa ca)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(ca.GoodPath);
        var issuer = Issuer.FromPemFile(ca.CaPath);
        ReadOnlySpan<byte> serial = certificate.SerialNumberBytes.Span;
        ReadOnlySpan<byte> sha1 = [DerTag.Sequence, 9, DerTag.ObjectIdentifier, 5, 0x2B, 0x0E, 0x03, 0x02, 0x1A, DerTag.Null, 0];
        int certId = sha1.Length + (2 * DerWriter.GetEncodedLength(20)) + DerWriter.GetEncodedLength(serial.Length);
        int[] lengths = [certId, 0, 0, 0, 0]; // CertID, Request, requestList, TBSRequest, OCSPRequest
        for (int i = 1; i < lengths.Length; i++)
        {
            lengths[i] = DerWriter.GetEncodedLength(lengths[i - 1]);
        }

        byte[] request = new byte[DerWriter.GetEncodedLength(lengths[^1])];
        var writer = new DerWriter(request);
        foreach (int length in lengths.Reverse())
        {
            writer.WriteHeader(DerTag.Sequence, length);
        }

        writer.WriteEncoded(sha1);
        writer.WriteOctetString(issuer.GetNameHash(CertIdHash.Sha1));
        writer.WriteOctetString(issuer.GetKeyHash(CertIdHash.Sha1));
        writer.WriteInteger(serial);
        return request;
    }
}

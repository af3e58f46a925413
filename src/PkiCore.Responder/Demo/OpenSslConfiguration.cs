using System.Text;

namespace PkiCore.Responder.Demo;

/// <summary>The openssl.cnf with which <c>openssl ca</c> works on a demonstration CA.</summary>
internal static class OpenSslConfiguration
{
    public static string Create(string directory, string digest, DemoCaOptions options) =>
        $"""
        # Made with the demonstration CA. Revoke a certificate, and make a CRL, from any folder:
        #   openssl ca -config {directory}/openssl.cnf -revoke {directory}/good.pem -crl_reason superseded
        #   openssl ca -config {directory}/openssl.cnf -gencrl -out {directory}/ca.crl
        # Correct 'dir' after moving the folder.

        [ca]
        default_ca = demo

        [demo]
        dir = {Escape(directory)}
        certificate = $dir/ca.pem
        private_key = $dir/private/ca.key
        database = $dir/index.txt
        serial = $dir/serial
        crlnumber = $dir/crlnumber
        new_certs_dir = $dir/newcerts
        default_md = {digest}
        default_days = 365
        default_crl_days = 7
        policy = demo_policy
        x509_extensions = demo_leaf
        crl_extensions = demo_crl

        [demo_policy]
        commonName = supplied

        [demo_leaf]
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid
        keyUsage = critical, digitalSignature
        extendedKeyUsage = serverAuth
        authorityInfoAccess = OCSP;URI:{Escape(options.OcspUrl)}
        crlDistributionPoints = URI:{Escape(options.CrlUrl)}
        freshestCRL = URI:{Escape(options.DeltaCrlUrl)}

        [demo_crl]
        authorityKeyIdentifier = keyid

        """;

    // config(5): these start a variable, a comment, a quotation or an escape, unless a backslash stands before them.
    private static string Escape(string value)
    {
        var escaped = new StringBuilder(value.Length);
        foreach (char c in value)
        {
            if (c is '$' or '#' or '"' or '\'' or '`' or '\\')
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.ToString();
    }
}

using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.X509;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

/// <summary>Every CRL among the vectors: read, or refused for the reason that is written here; what is read is what BouncyCastle reads.</summary>
public sealed class CrlReaderVectorTests
{
    private static readonly string[] s_folders =
    [
        "nist-pkits/crls", "mbedtls-crls", "xipki-crls", "rustls-webpki/amazon", "rustcrypto-x509-ocsp", "boulder-crl-lints", "pkilint/integration_crl",
    ];

    /// <summary>What has to be refused, and why.</summary>
    private static readonly Dictionary<string, string> s_refused = new(StringComparer.Ordinal)
    {
    };

    public static TheoryData<string> Files => [.. s_folders.SelectMany(folder => Vectors.Files(folder)).Where(IsCrl)];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_is_read_or_refused(string name)
    {
        if (s_refused.TryGetValue(name, out string? reason))
        {
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => ReadAll(name)).Message, StringComparison.Ordinal);
            return;
        }

        ReadAll(name);
    }

    private static bool IsCrl(string name) => Path.GetExtension(name) is ".crl" or ".pem" or ".crltest" || name.EndsWith("-crl.der", StringComparison.Ordinal);

    private static void ReadAll(string name)
    {
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        var bytes = new List<byte>();
        while (reader.TryRead(out CrlEntry entry))
        {
            bytes.AddRange(entry.Encoded);
        }
    }
}

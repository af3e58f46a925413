using System.Text;
using PkiCore.Fuzz.Targets;
using PkiCore.Testing;

namespace PkiCore.Fuzz.Seeds;

/// <summary>What fuzzing starts from when there is no corpus: the test vectors, and lines written by hand where there are none.</summary>
internal static class SeedInputs
{
    private const int MaxLength = 4096;

    public static IReadOnlyList<byte[]> For(FuzzTarget target) => [.. All(target.Name).Where(input => input.Length <= MaxLength)];

    private static IEnumerable<byte[]> All(string target) => target switch
    {
        "der-reader" => Vectors.Archive("openssl-fuzz-corpora/asn1parse.tar.gz").Select(entry => entry.Contents).Concat(Requests()),
        "ocsp-request" => Requests(),
        "ocsp-response" => Responses(),
        "crl" => Crls(),
        "serial-number" => Serials().Select(Encoding.Latin1.GetBytes),
        "index-line" => Lines().Select(Encoding.ASCII.GetBytes),
        "get-request-target" => Paths().Concat(Spellings()).Select(Encoding.Latin1.GetBytes),
        _ => [],
    };

    /// <summary>Real ones, those made to break a rule, and parts of CRLs: changes put them into whole ones.</summary>
    private static IEnumerable<byte[]> Crls() =>
    [
        .. Vectors.Files("boulder-crl-lints", "*.pem").Select(name => Vectors.Pem(name, "X509 CRL")),
        .. Vectors.Files("xipki-crls", "*.crl").Select(Vectors.Bytes),
        .. Vectors.Files("nist-pkits/crls", "*.crl").Select(Vectors.Bytes),
        .. Vectors.Files("boringssl-fuzz-named").Where(name => !name.EndsWith("README.md", StringComparison.Ordinal)).Select(Vectors.Bytes),
    ];

    private static IEnumerable<byte[]> Requests() =>
    [
        .. Vectors.Files("rustcrypto-x509-ocsp", "*req.der").Select(Vectors.Bytes),
        Vectors.Bytes("rfc-examples/rfc5019bis-12_appendixB4_request.der"),
        Vectors.Bytes("go-x-crypto-ocsp/ocspRequestHex.der"),
        .. Blocks("OCSP REQUEST"),
    ];

    private static IEnumerable<byte[]> Responses() =>
    [
        .. Vectors.Files("rustcrypto-x509-ocsp", "*res*.der").Select(Vectors.Bytes),
        Vectors.Bytes("rfc-examples/rfc5019bis-12_appendixB5_response.der"),
        .. Vectors.Files("go-x-crypto-ocsp", "*esponse*.der").Select(Vectors.Bytes),
        .. Vectors.Files("openssl-ocsp-tests", "*.ors").Select(Vectors.Base64),
        .. Blocks("OCSP RESPONSE"),
    ];

    private static IEnumerable<byte[]> Blocks(string label) =>
        Vectors.Files("boringssl-pki/ocsp_unittest", "*.pem").SelectMany(Vectors.Pem).Where(block => block.Label == label).Select(block => block.Contents);

    private static IEnumerable<string> Serials() =>
        ["T01", "T0100", "TFF", "T-FF", "T00", "T7f", "T" + new string('A', 40), "Tx", "\0\u0001", "\0\0\u00FF", "\0\u00FF", "\0" + new string('z', 20)];

    private static IEnumerable<string> Lines() =>
    [
        "V\t350101000000Z\t\t01\tunknown\t/CN=a",
        "E\t20200101000000Z\t\t00FF\tunknown\t/CN=b",
        "R\t350101000000Z\t240131120000Z\t02\tunknown\t/CN=c",
        "R\t350101000000Z\t240131120000Z,keyCompromise\t03\tunknown\t/CN=d",
        "R\t350101000000Z\t240131120000Z,CAkeyTime,20240130000000Z\t04\tunknown\t/CN=e",
        "R\t350101000000Z\t240131120000Z,holdInstruction,1.2.840.10040.2.1\t05\tunknown\t/CN=f",
        "V\t350101000000Z\t\t" + new string('A', 40) + "\tunknown\t/CN=g",
        "# a remark",
    ];

    private static IEnumerable<string> Paths() =>
        Vectors.Text("cfssl-ocsp/get-paths.tsv").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t')[1]);

    private static IEnumerable<string> Spellings() =>
    [
        "/MBEwDQADAA%2F%2F%2F%2FvvAgEHAgEB8A%3D%3D",
        "/ocsp/MBEwDQADAA////vvAgEHAgEB8A==",
        "/OCSP//MBEwDQADAA____vvAgEHAgEB8A",
        "/app/ca/ocsp/MAA%2B",
        "/MAA-%0D%0A",
        "/MA%20A=%20",
        "http://a:80/ocsp/MAA+?a=b",
        "http://a",
    ];
}

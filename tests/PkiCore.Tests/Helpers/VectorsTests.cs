namespace PkiCore.Tests.Helpers;

public sealed class VectorsTests
{
    [Fact]
    public void Pem_blocks_keep_their_labels()
    {
        Assert.Equal(
            ["OCSP RESPONSE", "CA CERTIFICATE", "CERTIFICATE", "OCSP REQUEST"],
            Vectors.Pem("boringssl-pki/ocsp_unittest/good_response.pem").Select(block => block.Label));
        Assert.Equal(0x30, Vectors.Pem("boringssl-pki/ocsp_unittest/good_response.pem", "OCSP REQUEST")[0]);
    }

    [Fact]
    public void Every_pem_vector_has_a_block_and_every_ors_is_base64()
    {
        // The cfssl files bear the name but hold lines of base64.
        IEnumerable<string> names = Vectors.Files("", "*.pem").Where(name => !name.StartsWith("cfssl-ocsp/", StringComparison.Ordinal));
        Assert.All(names, name => Assert.NotEmpty(Vectors.Pem(name)));
        Assert.All(Vectors.Files("openssl-ocsp-tests", "*.ors"), name => Assert.Equal(0x30, Vectors.Base64(name)[0]));
    }

    [Fact]
    public void Archive_is_unpacked() =>
        Assert.Equal(533, Vectors.Archive("openssl-fuzz-corpora/asn1parse.tar.gz").Count);

    [Fact]
    public void Missing_vector_is_an_error() =>
        Assert.Throws<FileNotFoundException>(() => Vectors.Files("botan", "*.none"));
}

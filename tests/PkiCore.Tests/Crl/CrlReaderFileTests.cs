using System.Text;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

public sealed class CrlReaderFileTests
{
    private static readonly byte[] s_crl = new CrlText().Encode();

    [Theory]
    [InlineData("-----BEGIN X509 CRL-----\n{0}\n-----END X509 CRL-----\n")]
    [InlineData("Certificate Revocation List (CRL):\n  Version 2\n-----BEGIN X509 CRL-----   \r\n{0}\r\n-----END X509 CRL-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN X509 CRL-----\n{0}\n-----END X509 CRL-----\n")]
    [InlineData("-----BEGIN X509 CRL-----\n{0}\n-----END X509 CRL-----\n-----BEGIN X509 CRL-----\n!!!!\n-----END X509 CRL-----\n")]
    public void First_PEM_block_is_read(string text)
    {
        using var folder = new TemporaryDirectory();
        string path = Write(folder, string.Format(null, text, Convert.ToBase64String(s_crl, Base64FormattingOptions.InsertLineBreaks)));
        using CrlReader reader = CrlReader.Open(path);
        Assert.Equal(s_crl.Length, reader.Length);
        Assert.True(reader.TryRead(out _));
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("hello", "neither DER nor PEM")]
    [InlineData("-----BEGIN X509 CRL-----\nMIIB\n", "byte 0: the first PEM block has no end")]
    [InlineData("text\n-----BEGIN X509 CRL-----\nMI!B\n-----END X509 CRL-----", "byte 5: the first PEM block is not base64")]
    [InlineData("-----BEGIN X509 CRL-----\nMAA\n-----END X509 CRL-----", "not base64")]
    [InlineData("-----BEGIN X509 CRL-----\n-----END X509 CRL-----", "does not begin with a SEQUENCE")]
    public void File_without_a_CRL_is_refused_by_name(string text, string message)
    {
        using var folder = new TemporaryDirectory();
        string path = Write(folder, text);
        string actual = Assert.Throws<InvalidDataException>(() => CrlReader.Open(path)).Message;
        Assert.Contains(message, actual, StringComparison.Ordinal);
        Assert.StartsWith($"'{path}'", actual, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_an_IOException()
    {
        using var folder = new TemporaryDirectory();
        Assert.Throws<FileNotFoundException>(() => CrlReader.Open(Path.Combine(folder.FullPath, "a.crl")));
    }

    [Fact]
    public void Replaced_file_is_read_as_it_was_opened()
    {
        using var folder = new TemporaryDirectory();
        string path = Path.Combine(folder.FullPath, "a.crl");
        File.WriteAllBytes(path, s_crl);
        using CrlReader reader = CrlReader.Open(path);
        string other = Path.Combine(folder.FullPath, "b.crl");
        File.WriteAllBytes(other, CrlText.WithEntries(CrlText.Plain, CrlText.Plain));
        File.Move(other, path, overwrite: true);
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public void File_cut_short_while_it_is_read_is_an_IOException()
    {
        using var folder = new TemporaryDirectory();
        string path = Path.Combine(folder.FullPath, "a.crl");
        File.WriteAllBytes(path, s_crl);
        using CrlReader reader = CrlReader.Open(path);
        File.WriteAllBytes(path, s_crl.AsSpan(0, 10));
        Assert.Contains(path, Assert.Throws<EndOfStreamException>(() => reader.TryRead(out _)).Message, StringComparison.Ordinal);
    }

    private static string Write(TemporaryDirectory folder, string text)
    {
        string path = Path.Combine(folder.FullPath, "a.crl");
        File.WriteAllText(path, text, Encoding.ASCII);
        return path;
    }
}

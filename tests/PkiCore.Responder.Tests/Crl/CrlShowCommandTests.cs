using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace PkiCore.Responder.Tests.Crl;

/// <summary><c>crl show</c>, against what OpenSSL says of the same files.</summary>
public sealed partial class CrlShowCommandTests : IDisposable
{
    private readonly CrlDemo _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public async Task Every_entry_that_OpenSSL_shows_is_shown()
    {
        string path = await _demo.WriteByOpenSslAsync("openssl.pem");
        ToolResult shown = await CrlDemo.RunAsync(0, "show", path);
        string[] expected = [.. Serial().Matches((await CrlDemo.OpenSslAsync("crl", "-in", path, "-noout", "-text")).Output).Select(match => match.Groups["serial"].Value)];
        Assert.Equal(4, expected.Length);
        Assert.All(expected, serial => Assert.Contains($"\n  {serial}  2", shown.Output, StringComparison.Ordinal));
        Assert.Contains("\n  4 entries\n", shown.Output, StringComparison.Ordinal);
        Assert.Contains("  KeyCompromise\n", shown.Output, StringComparison.Ordinal);
        Assert.Contains("  CertificateHold\n", shown.Output, StringComparison.Ordinal);
        Assert.Empty(shown.Error);
    }

    [Fact]
    public async Task Header_says_what_the_CRL_is_about()
    {
        string path = _demo.Write("delta.crl", 300, baseNumber: 10, uri: "http://crl.example/a.crl");
        string output = (await CrlDemo.RunAsync(0, "show", path)).Output;
        string[] lines =
        [
            "Issuer:        CN=PkiCore Demo CA",
            "Kind:          delta CRL, to complete CRL 10 (hex 0A) or later",
            "Number:        300 (hex 012C)",
            $"This update:   {CrlDemo.Now.AddHours(-1):u}",
            $"Next update:   {CrlDemo.Now.AddHours(23):u}",
            "Scope:         certificates with this distribution point: http://crl.example/a.crl",
            "Signature:     ecdsa-with-SHA256",
            $"Size:          {new FileInfo(path).Length} bytes in DER",
        ];
        Assert.All(lines, line => Assert.Contains(line + "\n", output, StringComparison.Ordinal));
        Assert.EndsWith("Revoked:\n  0 entries\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "25 entries, 20 of them shown", 20)]
    [InlineData("3", "25 entries, 3 of them shown", 3)]
    [InlineData("0", "25 entries, 0 of them shown", 0)]
    [InlineData("100", "  25 entries\n", 25)]
    public async Task All_entries_are_counted_and_as_many_printed_as_wanted(string? entries, string count, int printed)
    {
        string path = _demo.Write("ca.crl", 1, entries: [.. Enumerable.Range(16, 25).Select(serial => ($"{serial:X2}", X509RevocationReason.Superseded))]);
        ToolResult result = await CrlDemo.RunAsync(0, ["show", path, .. entries is null ? Array.Empty<string>() : ["--entries", entries]]);
        Assert.Contains(count, result.Output, StringComparison.Ordinal);
        Assert.Equal(printed, result.Output.Split('\n').Count(line => line.EndsWith("Z  Superseded", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("8a01")]
    [InlineData("008A01")]
    [InlineData("0x8a01")]
    [InlineData("8A:01")]
    public async Task Listed_serial_number_is_found_however_it_is_written(string serial)
    {
        string path = _demo.Write("ca.crl", 1, entries: [("01", X509RevocationReason.Superseded), ("8A01", X509RevocationReason.KeyCompromise)]);
        ToolResult result = await CrlDemo.RunAsync(0, "show", path, "--serial", serial);
        Assert.EndsWith($"Listed:\n  8A01  {CrlDemo.Now.AddHours(-2):u}  KeyCompromise\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serial_number_that_is_not_listed_ends_with_2()
    {
        string path = _demo.Write("ca.crl", 1, entries: [("01", X509RevocationReason.Superseded)]);
        ToolResult result = await CrlDemo.RunAsync(2, "show", path, "--serial", "02");
        Assert.Contains("Not listed: 02 is not among the 1 entries.", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_CRL_ends_with_1_and_is_named()
    {
        ToolResult certificate = await CrlDemo.RunAsync(1, "show", _demo.Ca.CaPath);
        Assert.Contains(_demo.Ca.CaPath, certificate.Error, StringComparison.Ordinal);
        ToolResult missing = await CrlDemo.RunAsync(1, "show", _demo.File("none.crl"));
        Assert.Contains(_demo.File("none.crl"), missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Malformed_entry_ends_with_1_and_its_number()
    {
        string path = _demo.Write("ca.crl", 1, entries: [("11", X509RevocationReason.Superseded), ("12", X509RevocationReason.Superseded)]);
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[bytes.AsSpan().IndexOf<byte>([0x02, 0x01, 0x12])] = 0x03;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        ToolResult result = await CrlDemo.RunAsync(1, "show", path, "--entries", "0");
        Assert.Contains("entry 2", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--serial", "xyz", "--serial: 'xyz' is no serial number in hexadecimal.")]
    [InlineData("--serial", "-", "--serial: '-' is no serial number in hexadecimal.")]
    [InlineData("--entries", "-1", "--entries is -1: it has to be 0 or more.")]
    public async Task Wrong_option_ends_with_1_and_says_why(string option, string value, string message)
    {
        ToolResult result = await CrlDemo.RunAsync(1, "show", "any.crl", $"{option}={value}");
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [GeneratedRegex("Serial Number: (?<serial>[0-9A-F]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Serial();
}

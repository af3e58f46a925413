using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Responder.Commands;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.Crl;

/// <summary><c>crl diff</c>.</summary>
public sealed class CrlDiffCommandTests : IDisposable
{
    private readonly CrlDemo _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public async Task Same_entries_in_another_order_end_with_0_whatever_the_header_says()
    {
        string a = _demo.Write("a.crl", 1, entries: [("11", X509RevocationReason.Superseded), ("12", X509RevocationReason.KeyCompromise)]);
        string b = _demo.Write("b.crl", 2, entries: [("12", X509RevocationReason.KeyCompromise), ("11", X509RevocationReason.Superseded)]);
        ToolResult result = await CrlDemo.RunAsync(0, "diff", a, b);
        Assert.Equal("Number:        1 (hex 01) -> 2 (hex 02)\n0 added, 0 removed, 0 changed, 2 the same\n", string.Join('\n', result.Output.Split('\n').Where(line => !line.StartsWith("Size:", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Entries_that_come_go_and_change_are_named_and_end_with_1()
    {
        string a = _demo.Write("a.crl", 1, entries: [("11", X509RevocationReason.Superseded), ("12", X509RevocationReason.CertificateHold), ("13", X509RevocationReason.CertificateHold)]);
        string b = _demo.Write("b.crl", 2, entries: [("11", X509RevocationReason.Superseded), ("12", X509RevocationReason.KeyCompromise), ("14", X509RevocationReason.Superseded)]);
        ToolResult result = await CrlDemo.RunAsync(1, "diff", a, b);
        string time = CrlDemo.Now.AddHours(-2).ToString("u", System.Globalization.CultureInfo.InvariantCulture);
        Assert.EndsWith($"""
            + 14  {time}  Superseded
            - 13  {time}  CertificateHold
            ~ 12  {time}  KeyCompromise, was  {time}  CertificateHold
            1 added, 1 removed, 1 changed, 1 the same

            """, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_first_of_many_are_printed_and_all_counted()
    {
        string a = _demo.Write("a.crl", 1);
        string b = _demo.Write("b.crl", 2, entries: [.. Enumerable.Range(16, 25).Select(serial => ($"{serial:X2}", X509RevocationReason.Superseded))]);
        ToolResult result = await CrlDemo.RunAsync(1, "diff", a, b, "--entries", "2");
        Assert.Equal(3, result.Output.Split('\n').Count(line => line.StartsWith('+')));
        Assert.Contains("+ and 23 more added\n25 added, 0 removed, 0 changed, 0 the same\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CRL_that_lists_a_certificate_twice_is_the_same_as_itself()
    {
        string path = _demo.WriteByDotNet("a.crl", "11", "12", "11");
        await CrlDemo.RunAsync(0, "diff", path, path);
    }

    [Fact]
    public async Task Trouble_ends_with_2()
    {
        string complete = _demo.Write("a.crl", 1);
        string delta = _demo.Write("b.crl", 2, baseNumber: 1);
        Assert.Contains("is a delta CRL and the other is a complete one", (await CrlDemo.RunAsync(2, "diff", complete, delta)).Error, StringComparison.Ordinal);
        Assert.Contains(_demo.File("none.crl"), (await CrlDemo.RunAsync(2, "diff", complete, _demo.File("none.crl"))).Error, StringComparison.Ordinal);
        Assert.Contains("ca.pem", (await CrlDemo.RunAsync(2, "diff", _demo.Ca.CaPath, complete)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_of_two_issuers_with_one_serial_number_are_two()
    {
        using X509Certificate2 other = CreateOther();
        var others = Issuer.FromCertificate(other);
        CrlDifference none = Compare(CreateIndirect("11", "12", others, "11", "15"), CreateIndirect("12", "11", others, "15", "11"));
        Assert.True(none.IsEmpty); // although the entry that names the other issuer is another one
        Assert.Equal(4, none.Same);

        CrlDifference moved = Compare(CreateIndirect("11", "12", others, "14", "15"), CreateIndirect("11", "14", others, "12", "15"));
        Assert.Equal((2, 2, 0, 2), (moved.Added.Count, moved.Removed.Count, moved.Changed.Count, moved.Same));
        Assert.Contains("of CN=Other", moved.Added.Kept[1], StringComparison.Ordinal);
    }

    private static CrlDifference Compare(byte[] first, byte[] second)
    {
        var difference = new CrlDifference(10, ofIssuer: true);
        using var a = new CrlReader(new MemoryStream(first));
        while (a.TryRead(out CrlEntry entry))
        {
            difference.TakeFirst(in entry);
        }

        using var b = new CrlReader(new MemoryStream(second));
        while (b.TryRead(out CrlEntry entry))
        {
            difference.TakeSecond(in entry);
        }

        difference.Complete();
        return difference;
    }

    private static X509Certificate2 CreateOther()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        return new CertificateRequest("CN=Other", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSelfSigned(CrlDemo.Now.AddDays(-1), CrlDemo.Now.AddDays(1));
    }

    private byte[] CreateIndirect(string own1, string own2, Issuer other, string other1, string other2)
    {
        var builder = new CrlBuilder(Issuer.FromPemFile(_demo.Ca.CaPath))
        {
            Number = 1,
            ThisUpdate = CrlDemo.Now,
            NextUpdate = CrlDemo.Now.AddDays(1),
            DistributionPoint = new IssuingDistributionPoint { IsIndirect = true },
        };
        foreach ((string serial, Issuer? issuer) in new[] { (own1, null), (own2, null), (other1, other), (other2, other) })
        {
            Assert.True(SerialNumber.TryParse(serial, out SerialNumber parsed));
            builder.Add(parsed, new CertificateStatus(CrlDemo.Now.AddHours(-1)), issuer);
        }

        using ISigner signer = SoftwareSigner.FromPemFiles(_demo.Ca.CaPath, _demo.Ca.CaKeyPath);
        var stream = new MemoryStream();
        builder.WriteTo(stream, signer, TimeSpan.FromSeconds(10));
        return stream.ToArray();
    }
}

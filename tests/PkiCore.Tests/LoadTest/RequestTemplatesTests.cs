using System.Text;
using PkiCore.AspNetCore;
using PkiCore.LoadTest.Injection;
using PkiCore.Ocsp;
using PkiCore.Tests.Ocsp;
using PkiCore.X509;

namespace PkiCore.Tests.LoadTest;

public sealed class RequestTemplatesTests
{
    /// <summary>Of every length, with and without a zero octet in front.</summary>
    private static IEnumerable<string> Serials => Enumerable.Range(1, 20).SelectMany(length => new[]
    {
        string.Concat(Enumerable.Range(1, length).Select(i => (i * 11 % 128).ToString("X2", null))),
        new string('F', 2 * length),
    });

    [Theory]
    [InlineData(CertIdHash.Sha1)]
    [InlineData(CertIdHash.Sha256)]
    public void Post_holds_exactly_the_request_for_the_certificate(CertIdHash hash)
    {
        using var authority = new TestAuthority();
        Assert.All(Serials, serial =>
        {
            byte[] message = Write(authority, hash, (templates, buffer) => templates.WritePost(Parse(serial), buffer));
            int head = message.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
            string text = Encoding.ASCII.GetString(message, 0, head);

            Assert.StartsWith("POST /ocsp/ HTTP/1.1\r\nHost: ca.example:8080\r\n", text, StringComparison.Ordinal);
            Assert.Contains($"\r\nContent-Length: {message.Length - head}\r\n", text, StringComparison.Ordinal);
            AssertAsksFor(authority, serial, hash, message.AsSpan(head));
        });
    }

    [Theory]
    [InlineData(CertIdHash.Sha1)]
    [InlineData(CertIdHash.Sha256)]
    public void Get_holds_exactly_the_request_for_the_certificate(CertIdHash hash)
    {
        using var authority = new TestAuthority();
        Assert.All(Serials, serial =>
        {
            string text = Encoding.ASCII.GetString(Write(authority, hash, (templates, buffer) => templates.WriteGet(Parse(serial), buffer)));
            string[] parts = text.Split(' ');

            Assert.Equal("GET", parts[0]);
            Assert.Equal("HTTP/1.1\r\nHost:", parts[2]);
            Assert.EndsWith(" ca.example:8080\r\n\r\n", text, StringComparison.Ordinal);
            Assert.Equal(2, parts[1].Count(letter => letter == '/')); // those of base64 are escaped
            byte[] request = new byte[parts[1].Length];
            Assert.True(GetRequestTarget.TryDecode(parts[1], "", ["/ocsp"], request, out int length));
            AssertAsksFor(authority, serial, hash, request.AsSpan(0, length));
        });
    }

    [Fact]
    public void Nonce_of_a_request_is_the_one_that_was_drawn()
    {
        using var authority = new TestAuthority();
        var templates = new RequestTemplates(new Uri("http://ca.example/"), authority.Issuer, CertIdHash.Sha1, nonce: true);
        var random = new SplitMix64(1, 1);
        Assert.All(Serials, serial =>
        {
            byte[] buffer = new byte[templates.MaxLength];
            Span<byte> message = buffer.AsSpan(0, templates.WritePost(Parse(serial), buffer));
            RequestTemplates.WriteNonce(ref random, message);
            ReadOnlySpan<byte> request = message[(message.IndexOf("\r\n\r\n"u8) + 4)..];

            AssertAsksFor(authority, serial, CertIdHash.Sha1, request);
            Assert.True(OcspRequest.TryParse(request, out OcspRequest parsed, out _));
            Assert.Equal(16, parsed.Nonce.Length);
            Assert.Equal(RequestTemplates.NonceOf(message), parsed.Nonce);
            Assert.False(parsed.Nonce.SequenceEqual(new byte[16]));
        });
    }

    private static byte[] Write(TestAuthority authority, CertIdHash hash, Func<RequestTemplates, byte[], int> write)
    {
        var templates = new RequestTemplates(new Uri("http://ca.example:8080/ocsp"), authority.Issuer, hash);
        byte[] buffer = new byte[templates.MaxLength];
        return buffer[..write(templates, buffer)];
    }

    private static SerialNumber Parse(string hex)
    {
        Assert.True(SerialNumber.TryParse(hex, out SerialNumber serial));
        return serial;
    }

    private static void AssertAsksFor(TestAuthority authority, string serial, CertIdHash hash, ReadOnlySpan<byte> encoded)
    {
        Assert.True(OcspRequest.TryParse(encoded, out OcspRequest request, out _));
        OcspRequest.CertIdEnumerator certificates = request.GetEnumerator();
        Assert.True(certificates.MoveNext());
        Assert.Equal(hash, certificates.Current.Hash);
        Assert.True(authority.Issuer.Matches(hash, certificates.Current.IssuerNameHash, certificates.Current.IssuerKeyHash));
        Assert.True(SerialNumber.TryCreate(certificates.Current.SerialNumber, out SerialNumber asked));
        Assert.Equal(Parse(serial), asked);
        Assert.Equal(1, request.CertificateCount);
    }
}

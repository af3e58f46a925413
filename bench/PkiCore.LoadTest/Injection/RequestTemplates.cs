using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.LoadTest.Injection;

/// <summary>
/// HTTP requests encoded before the run but for the serial number, which is the last value of an OCSPRequest (RFC 6960 4.1.1) without extensions.
/// One template for each length of serial number; a request is a copy of it with the serial number at its end, and behind that the nonce,
/// if there is one (by POST only). Nothing is allocated per request.
/// </summary>
internal sealed class RequestTemplates
{
    private const int NonceLength = 16;

    /// <summary>requestExtensions with a nonce of zeros (RFC 9654 2.1): [2], Extensions, Extension, its OID, and an OCTET STRING within one.</summary>
    private static readonly byte[] s_nonceExtension =
    [
        0xA2, 0x23, 0x30, 0x21, 0x30, 0x1F, 0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02, 0x04, NonceLength + 2, 0x04, NonceLength,
        .. new byte[NonceLength],
    ];

    private readonly byte[] _afterSerial;
    private readonly byte[][] _posts = new byte[SerialNumber.MaxLength + 1][];
    private readonly Get[] _gets = new Get[SerialNumber.MaxLength + 1];
    private readonly byte[] _afterTarget;

    public RequestTemplates(Uri target, Issuer issuer, CertIdHash hash, bool nonce = false)
    {
        _afterSerial = nonce ? s_nonceExtension : [];
        string path = target.AbsolutePath.TrimEnd('/');
        _afterTarget = Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: {target.Authority}\r\n\r\n");
        for (int length = 1; length <= SerialNumber.MaxLength; length++)
        {
            byte[] prefix = EncodeUntilSerial(issuer, hash, length, _afterSerial.Length);
            string contentLength = (prefix.Length + length + _afterSerial.Length).ToString(CultureInfo.InvariantCulture);
            _posts[length] =
            [
                .. Encoding.ASCII.GetBytes($"POST {path}/ HTTP/1.1\r\nHost: {target.Authority}\r\nContent-Type: application/ocsp-request\r\nContent-Length: {contentLength}\r\n\r\n"),
                .. prefix,
            ];
            int whole = prefix.Length / 3 * 3; // three octets are four letters: up to there the text is the same for all
            string text = Uri.EscapeDataString(Convert.ToBase64String(prefix, 0, whole));
            _gets[length] = new Get(Encoding.ASCII.GetBytes($"GET {path}/{text}"), prefix[whole..]);
        }

        MaxLength = Math.Max(
            _posts[^1].Length + SerialNumber.MaxLength + _afterSerial.Length,
            _gets.Skip(1).Max(get => get.Start.Length) + (3 * Base64.GetMaxEncodedToUtf8Length(SerialNumber.MaxLength + 2)) + _afterTarget.Length);
    }

    /// <summary>No request is longer.</summary>
    public int MaxLength { get; }

    /// <summary>Writes a POST with the request in its body.</summary>
    /// <returns>The length.</returns>
    public int WritePost(in SerialNumber serial, Span<byte> destination)
    {
        byte[] template = _posts[serial.Length];
        template.CopyTo(destination);
        int length = template.Length + serial.CopyTo(destination[template.Length..]);
        _afterSerial.CopyTo(destination[length..]);
        return length + _afterSerial.Length;
    }

    /// <summary>Draws the nonce of a request that has one.</summary>
    public static void WriteNonce(ref SplitMix64 random, Span<byte> request)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(request[^NonceLength..], random.Next());
        BinaryPrimitives.WriteUInt64LittleEndian(request[^sizeof(ulong)..], random.Next());
    }

    /// <summary>The nonce of a request that has one.</summary>
    public static ReadOnlySpan<byte> NonceOf(ReadOnlySpan<byte> request) => request[^NonceLength..];

    /// <summary>Writes a GET with the request in its target (RFC 6960 A.1), escaped as RFC 9919 6 says.</summary>
    /// <returns>The length.</returns>
    public int WriteGet(in SerialNumber serial, Span<byte> destination)
    {
        Get get = _gets[serial.Length];
        Span<byte> rest = stackalloc byte[SerialNumber.MaxLength + 2];
        get.Rest.CopyTo(rest);
        rest = rest[..(get.Rest.Length + serial.CopyTo(rest[get.Rest.Length..]))];
        Span<byte> text = stackalloc byte[Base64.GetMaxEncodedToUtf8Length(rest.Length)];
        OperationStatus status = Base64.EncodeToUtf8(rest, text, out _, out int textLength);
        System.Diagnostics.Debug.Assert(status == OperationStatus.Done, "the text has room");
        get.Start.CopyTo(destination);
        int written = get.Start.Length;
        foreach (byte letter in text[..textLength])
        {
            ReadOnlySpan<byte> escaped = letter switch
            {
                (byte)'+' => "%2B"u8,
                (byte)'/' => "%2F"u8,
                (byte)'=' => "%3D"u8,
                _ => [letter],
            };
            escaped.CopyTo(destination[written..]);
            written += escaped.Length;
        }

        _afterTarget.CopyTo(destination[written..]);
        return written + _afterTarget.Length;
    }

    /// <summary>An OCSPRequest for one certificate up to its serial number of this length, behind which so many octets of extensions come.</summary>
    private static byte[] EncodeUntilSerial(Issuer issuer, CertIdHash hash, int serialLength, int afterSerial)
    {
        ReadOnlySpan<byte> oid = hash == CertIdHash.Sha1
            ? [0x2B, 0x0E, 0x03, 0x02, 0x1A]
            : [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
        int algorithm = DerWriter.GetEncodedLength(oid.Length) + 2; // and NULL
        int certId = DerWriter.GetEncodedLength(algorithm)
            + DerWriter.GetEncodedLength(issuer.GetNameHash(hash).Length)
            + DerWriter.GetEncodedLength(issuer.GetKeyHash(hash).Length)
            + DerWriter.GetEncodedLength(serialLength);
        int request = DerWriter.GetEncodedLength(certId);
        int requestList = DerWriter.GetEncodedLength(request);
        int toBeSigned = DerWriter.GetEncodedLength(requestList) + afterSerial;
        int whole = DerWriter.GetEncodedLength(toBeSigned);

        byte[] encoded = new byte[DerWriter.GetEncodedLength(whole)];
        var writer = new DerWriter(encoded);
        writer.WriteHeader(DerTag.Sequence, whole);
        writer.WriteHeader(DerTag.Sequence, toBeSigned);
        writer.WriteHeader(DerTag.Sequence, requestList);
        writer.WriteHeader(DerTag.Sequence, request);
        writer.WriteHeader(DerTag.Sequence, certId);
        writer.WriteHeader(DerTag.Sequence, algorithm);
        writer.WriteObjectIdentifier(oid);
        writer.WriteNull();
        writer.WriteOctetString(issuer.GetNameHash(hash));
        writer.WriteOctetString(issuer.GetKeyHash(hash));
        writer.WriteHeader(DerTag.Integer, serialLength);
        return encoded[..^(serialLength + afterSerial)];
    }

    /// <summary>A GET up to where the serial number begins to matter, and the octets before it that share a letter with it.</summary>
    private readonly record struct Get(byte[] Start, byte[] Rest);
}

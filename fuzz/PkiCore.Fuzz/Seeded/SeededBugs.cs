namespace PkiCore.Fuzz.Seeded;

internal static class SeededBugs
{
    public static IReadOnlyList<SeededBug> All { get; } =
    [
        new("padded negative INTEGER accepted", "der-reader", "src/PkiCore/Asn1/DerReader.Types.cs",
            "[0x00, < 0x80, ..] or [0xFF, >= 0x80, ..] => false", "[0x00, < 0x80, ..] => false"),
        new("empty INTEGER accepted", "der-reader", "src/PkiCore/Asn1/DerReader.Types.cs",
            "[] => false,", ""),
        new("length 127 accepted in two octets", "der-reader", "src/PkiCore/Asn1/DerReader.cs",
            "value < 0x80 ||", "value < 0x7F ||"),
        new("BOOLEAN 01 accepted", "der-reader", "src/PkiCore/Asn1/DerReader.Types.cs",
            "contents[0] is 0x00 or 0xFF", "contents[0] is 0x00 or 0x01 or 0xFF"),
        new("unused bits not checked", "der-reader", "src/PkiCore/Asn1/DerReader.Types.cs",
            "(bits[^1] & ((1 << unusedBits) - 1)) == 0", "bits[^1] >= 0"),
        new("31 days in every month", "der-reader", "src/PkiCore/Asn1/DerTime.cs",
            "day > DateTime.DaysInMonth(year, month)", "day > 31"),
        new("bytes after a request accepted", "ocsp-request", "src/PkiCore/Ocsp/OcspRequest.cs",
            "!outer.TryReadSequence(out DerReader fields) || !outer.IsEmpty ||", "!outer.TryReadSequence(out DerReader fields) ||"),
        new("nonce of 129 octets accepted", "ocsp-request", "src/PkiCore/Ocsp/OcspExtensions.cs",
            "maxLength: 128", "maxLength: 129"),
        new("extension accepted twice", "ocsp-request", "src/PkiCore/Ocsp/OcspRequestExtensions.cs",
            "|| IsRepeated(all, oid, count)", ""),
        new("limit of certificates off by one", "ocsp-request", "src/PkiCore/Ocsp/OcspRequest.cs",
            "count++ == maxCertificates", "count++ == maxCertificates + 1"),
        new("empty Extensions accepted", "ocsp-request", "src/PkiCore/Ocsp/OcspExtensions.cs",
            "&& !extensions.IsEmpty", ""),
        new("empty requestorName indexes out of range", "ocsp-request", "src/PkiCore/Ocsp/OcspRequest.cs",
            "&& !wrapper.IsEmpty", ""),
        new("unused reason 7 accepted", "ocsp-response", "src/PkiCore/Ocsp/OcspSingleResponse.cs",
            "value is >= 0 and <= 10 and not 7", "value is >= 0 and <= 10"),
        new("serial number of 21 octets accepted", "serial-number", "src/PkiCore/X509/SerialNumber.cs",
            "integerContents.Length <= MaxOctets", "integerContents.Length <= MaxOctets + 1"),
        new("year 50 taken for 2050", "index-line", "src/PkiCore/Status/OpenSslIndexLine.cs",
            "text[0] >= (byte)'5'", "text[0] > (byte)'5'"),
        new("escape in lower case decoded wrongly", "get-request-target", "src/PkiCore.AspNetCore/GetRequestTarget.cs",
            "(digit | 0x20) - 'a' + 10", "digit - 'A' + 10"),
        new("prefix taken off a longer name", "get-request-target", "src/PkiCore.AspNetCore/GetRequestTarget.cs",
            "&& (path.Length == prefix.Length || path[prefix.Length] == '/')", ""),
        new("room for the padding not checked", "get-request-target", "src/PkiCore.AspNetCore/GetRequestTarget.cs",
            "|| length + padding > text.Length", ""),
    ];
}

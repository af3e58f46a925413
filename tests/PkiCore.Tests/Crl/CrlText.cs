using PkiCore.Tests.Asn1;

namespace PkiCore.Tests.Crl;

/// <summary>A CRL for test rows, part by part in the notation of <see cref="DerText"/>; each part can be replaced, left out, or spoilt.</summary>
internal sealed record CrlText
{
    public const string Rsa = "30(06 09 2A864886F70D01010B 0500)";
    public const string OnlyIssuer = "30(31(30(06 03 550403 0C 01 61)))";
    public const string OtherIssuer = "30(31(30(06 03 550403 0C 01 62)))";
    public const string Plain = "30(02 01 05 17 0D 3234303131353130303030305A)";

    public string Version { get; init; } = "02 01 01";

    public string Algorithm { get; init; } = Rsa;

    public string Issuer { get; init; } = OnlyIssuer;

    public string Times { get; init; } = "17 0D 3236303130313030303030305A 17 0D 3236303130383030303030305A";

    public string Entries { get; init; } = $"30({Plain})";

    public string Extensions { get; init; } = "A0(30(30(06 03 551D14 04(02 01 07))))";

    public string AfterExtensions { get; init; } = "";

    public string OuterAlgorithm { get; init; } = Rsa;

    public string Signature { get; init; } = "03 03 00 AABB";

    /// <summary>A CRL with these entries.</summary>
    public static byte[] WithEntries(params ReadOnlySpan<string> entries) => new CrlText { Entries = $"30({string.Concat(entries)})" }.Encode();

    /// <summary>A CRL with this extension beside its number.</summary>
    public static CrlText WithExtension(string oid, string value, bool critical = false) =>
        new() { Extensions = $"A0(30(30(06 03 551D14 04(02 01 07)) {Extension(oid, value, critical)}))" };

    /// <summary>An indirect CRL.</summary>
    public static CrlText Indirect(params ReadOnlySpan<string> entries) =>
        WithExtension("551D1C", "30(8401FF)", critical: true) with { Entries = $"30({string.Concat(entries)})" };

    /// <summary>An entry with extensions.</summary>
    public static string Entry(string serial, params ReadOnlySpan<string> extensions) =>
        $"30(02({serial}) 17 0D 3234303131353130303030305A 30({string.Concat(extensions)}))";

    public static string Extension(string oid, string value, bool critical = false) => $"30(06({oid}) {(critical ? "0101FF" : "")} 04({value}))";

    public byte[] Encode() => DerText.Parse(
        $"30(30({Version} {Algorithm} {Issuer} {Times} {Entries} {Extensions} {AfterExtensions}) {OuterAlgorithm} {Signature})");
}

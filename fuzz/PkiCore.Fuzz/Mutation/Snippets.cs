namespace PkiCore.Fuzz.Mutation;

/// <summary>Parts of requests and responses that are rare in the wild, ready to be put in anywhere.</summary>
internal static class Snippets
{
    private const string OcspArc = "06092B06010505073001";

    public static IReadOnlyList<TlvNode> All { get; } =
    [
        // Extensions: nonce, AcceptableResponses, serviceLocator, preferred algorithms, extended-revoke, one that nobody knows
        Sequence($"{OcspArc}02" + "0406" + "0404" + "01020304"),
        Sequence($"{OcspArc}04" + "040D" + "300B" + $"{OcspArc}01"),
        Sequence($"{OcspArc}04" + "040D" + "300B" + $"{OcspArc}05"),
        Sequence($"{OcspArc}07" + "0101FF" + "0402" + "3000"),
        Sequence($"{OcspArc}08" + "0101FF" + "0402" + "3000"),
        Sequence($"{OcspArc}08" + "0410" + "300E" + "300C" + "300A" + "06082A8648CE3D040302"),
        Sequence($"{OcspArc}08" + "0427" + "3025" + "3023" + "301C" + "06092A864886F70D01010A" + "300F" + "A00D" + "300B" + "0609608648016503040201" + "3003" + "060129"),
        Sequence($"{OcspArc}09" + "0402" + "0500"),
        Sequence("06032A0304" + "0101FF" + "0400"),
        Sequence("06032A0305" + "0400"),

        // A CertID by SHA-1, and a Request with one
        Sequence("300906052B0E03021A0500" + "040101" + "040102" + "020103"),
        Sequence("300E" + "300706052B0E03021A" + "0400" + "0400" + "020103"),

        // Context tags: Extensions, requestorName, Signature, RevokedInfo, reason, responder by key and by name
        Parse("A2133011300F" + $"{OcspArc}02" + "0402" + "0400"),
        Parse("A00B" + "3009" + "3007" + "06032A0305" + "0400"),
        Parse("A10B" + "3009" + "3007" + "06032A0305" + "0400"),
        Parse("A1038201" + "61"),
        Parse("A1048602" + "6162"),
        Parse("A00D" + "300B" + "300506032A0304" + "030200FF"),
        Parse("A00F" + "300D" + "3003060100" + "03020055" + "A0023000"),
        Parse("A111" + "180F" + "32303234303133313132303030305A"),
        Parse("A116" + "180F" + "32303234303133313132303030305A" + "A0030A0101"),
        Parse("A011" + "180F" + "32303235303133313132303030305A"),
        Parse("A0030A0106"),
        Parse("A216" + "0414" + "0102030405060708090A0B0C0D0E0F1011121314"),
        Parse("A1023000"),
        Parse("8000"),
        Parse("8200"),

        // One value of each type, and a length of two octets
        Parse("0101FF"), Parse("020100"), Parse("03020780"), Parse("0401AA"), Parse("0500"), Parse("06032A0304"), Parse("0A0101"),
        Parse("180F32303234303133313132303030305A"), Parse("3000"), Parse("0482012C" + new string('0', 600)), Parse("048180" + new string('0', 256)),
    ];

    private static TlvNode Sequence(string contents) =>
        new() { Tag = 0x30, Children = TlvNode.ParseAll(Convert.FromHexString(contents)).Children };

    private static TlvNode Parse(string value) => TlvNode.ParseAll(Convert.FromHexString(value)).Children![0];
}

using System.Text;
using PkiCore.Asn1;

namespace PkiCore.Fuzz.Mutation;

/// <summary>Values at the edges of what the standards allow.</summary>
internal static class InterestingValues
{
    private static readonly byte[] s_tags =
    [
        DerTag.Boolean, DerTag.Integer, DerTag.BitString, DerTag.OctetString, DerTag.Null, DerTag.ObjectIdentifier, DerTag.Enumerated, DerTag.UtcTime,
        DerTag.GeneralizedTime, DerTag.Sequence, 0x31, 0x24, 0x1F, 0x00, 0x80, 0x81, 0x82, 0x86, 0x88, 0x89, 0xA0, 0xA1, 0xA2, 0xA4, 0xBF,
    ];

    private static readonly int[] s_sizes = [0, 1, 2, 13, 15, 16, 19, 20, 21, 22, 28, 32, 64, 126, 127, 128, 129, 130, 255, 256, 300];

    private static readonly byte[][] s_integers =
    [
        [], [0], [1], [0x7F], [0x80], [0xFF], [0, 0x7F], [0, 0x80], [0, 0], [0xFF, 0x7F], [0xFF, 0x80], [0xFF, 0xFF], [0xFF, 0x00],
        [0x7F, .. new byte[20]], [0x80, .. new byte[19]],
    ];

    private static readonly byte[][] s_enumerated = [[], [0], [1], [2], [3], [4], [5], [6], [7], [8], [10], [11], [0x7F], [0x80], [0, 1]];

    private static readonly byte[][] s_booleans = [[0xFF], [0], [1], [0x80], [], [0xFF, 0xFF]];

    private static readonly byte[][] s_bitStrings = [[], [0], [1], [7], [8], [0, 0xFF], [1, 0xFE], [1, 0xFF], [7, 0x80], [7, 0xC0], [8, 0], [4, 0x10, 0xF0]];

    private static readonly byte[][] s_times = Array.ConvertAll(
        [
            "20240131120000Z", "20240229000000Z", "20230229000000Z", "20240431120000Z", "20240631120000Z", "19000229000000Z", "20000229000000Z",
            "00000101000000Z", "00010101000000Z", "99991231235959Z", "20241301000000Z", "20240001000000Z", "20240100000000Z", "20240132000000Z",
            "20240101240000Z", "20240101006000Z", "20240101000060Z", "20240101000000", "202401010000Z", "20240101000000.5Z", "20500101000000Z", "20491231235959Z", "20240101000000+0100",
            "2024010100000/Z", "2024010100000:Z", "20240101000000z",
        ],
        Encoding.ASCII.GetBytes);

    private static readonly byte[][] s_utcTimes = Array.ConvertAll(
        [
            "240131120000Z", "240229000000Z", "230229000000Z", "000229000000Z", "500101000000Z", "491231235959Z", "241301000000Z", "240001000000Z",
            "240100000000Z", "240132000000Z", "240431000000Z", "240101240000Z", "240101006000Z", "240101000060Z", "2401010000Z", "240101000000+0100", "24010100000:Z",
        ],
        Encoding.ASCII.GetBytes);

    private static readonly byte[][] s_oids =
    [
        ObjectIdentifiers.OcspBasic.ToArray(), ObjectIdentifiers.OcspNonce.ToArray(), ObjectIdentifiers.OcspAcceptableResponses.ToArray(),
        ObjectIdentifiers.OcspServiceLocator.ToArray(), ObjectIdentifiers.OcspPreferredSignatureAlgorithms.ToArray(),
        ObjectIdentifiers.OcspExtendedRevoke.ToArray(), ObjectIdentifiers.InvalidityDate.ToArray(), ObjectIdentifiers.ReasonCode.ToArray(),
        ObjectIdentifiers.CertificateIssuer.ToArray(), ObjectIdentifiers.CrlNumber.ToArray(), ObjectIdentifiers.DeltaCrlIndicator.ToArray(),
        ObjectIdentifiers.IssuingDistributionPoint.ToArray(), ObjectIdentifiers.FreshestCrl.ToArray(), ObjectIdentifiers.AuthorityKeyIdentifier.ToArray(),
        ObjectIdentifiers.ExpiredCertsOnCrl.ToArray(), ObjectIdentifiers.Sha1.ToArray(),
        ObjectIdentifiers.Sha224.ToArray(), ObjectIdentifiers.Sha256.ToArray(), ObjectIdentifiers.Sha384.ToArray(), ObjectIdentifiers.Sha512.ToArray(),
        [], [0x00], [0x80], [0x2B, 0x80, 0x01], [0x2B, 0x86], [0x7F], [0x2A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0x01],
    ];

    public static byte Tag(Random random, byte old) => random.Next(4) switch
    {
        0 => (byte)(old ^ 0x20), // primitive and constructed
        1 => (byte)(old ^ (1 << random.Next(8))),
        _ => random.Pick(s_tags),
    };

    public static int Size(Random random) => random.Pick(s_sizes);

    /// <summary>Contents that suit a tag, valid or just not; <see langword="null"/> when nothing is known of the tag.</summary>
    public static byte[]? Contents(Random random, byte tag) => tag switch
    {
        DerTag.Integer => random.Pick(s_integers),
        DerTag.Enumerated => random.Pick(s_enumerated),
        DerTag.Boolean => random.Pick(s_booleans),
        DerTag.BitString => random.Pick(s_bitStrings),
        DerTag.GeneralizedTime => random.Pick(s_times),
        DerTag.UtcTime => random.Pick(random.OneIn(4) ? s_times : s_utcTimes),
        DerTag.ObjectIdentifier => random.Pick(s_oids),
        _ => null,
    };
}

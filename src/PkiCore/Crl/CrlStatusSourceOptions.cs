using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Crl;

/// <summary>Settings of a <see cref="CrlStatusSource"/>. They are copied when the source is made.</summary>
public sealed class CrlStatusSourceOptions
{
    /// <summary>How often to look for new CRLs. Default 5 seconds.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Authorities whose CRLs are believed besides those of the issuer: of one with another name the indirect CRLs (RFC 5280 5.2.5), and there the entries for
    /// the issuer's certificates; of one with the issuer's name, such as a key for CRLs alone, all. The certificates have to live as long as the source.</summary>
    public IReadOnlyList<X509Certificate2> CrlIssuers { get; set; } = [];

    /// <summary>Whether a certificate that is on none of the CRLs is good: the CRLs together cover all certificates of the issuer.</summary>
    /// <remarks>
    /// Whoever sets this says so: no CRL does. Then also what was never issued is good, and what has expired and left the CRL. Public CAs must not do it (BR 4.9.9).
    /// Without it, and without <see cref="IssuedSerialsFile"/>, nothing is known of a certificate that is not listed.
    /// </remarks>
    public bool UnlistedAreGood { get; set; }

    /// <summary>A text file with the serial numbers of the issued certificates: those that are not listed are good. One number a line, in hexadecimal; lines that
    /// begin with # do not count; the last line has an end, too. It is looked at as often as the CRLs. A number that is taken out keeps its status until a restart.</summary>
    /// <remarks>For these answers are signed ahead. The file is kept in memory: some 50 bytes for each number.</remarks>
    public string? IssuedSerialsFile { get; set; }
}

using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Crl.Following;

/// <summary>Whose CRLs are believed of the certificates of an issuer.</summary>
internal sealed class CrlAuthorities
{
    private readonly byte[] _issuerName;
    private readonly Authority[] _authorities;

    public CrlAuthorities(Issuer issuer, IEnumerable<X509Certificate2> others)
    {
        _issuerName = issuer.Certificate.SubjectName.RawData;
        _authorities = [.. others.Prepend(issuer.Certificate).Select(certificate => new Authority(certificate))];
        IssuerName = issuer.Name;
    }

    /// <summary>The issuer, for people.</summary>
    public string IssuerName { get; }

    /// <summary>Whether a CRL, if it is genuine, says something of the issuer's certificates. Others may lie in the same directory.</summary>
    public bool MayConcern(CrlReader crl) =>
        IsAboutCertificates(crl)
        && (crl.DistributionPoint is { IsIndirect: true } || IsIssuer(crl.IssuerName.Span))
        && _authorities.Any(authority => authority.MayHaveSigned(crl));

    /// <summary>Whether a CRL has the issuer's name, and its key identifier is that of nobody who is believed: it may be about certificates that the issuer issued with another key.</summary>
    public bool IsByAnotherKey(CrlReader crl) =>
        IsAboutCertificates(crl) && IsIssuer(crl.IssuerName.Span) && !_authorities.Any(authority => authority.MayHaveSigned(crl));

    /// <summary>Whether a Name is that of the issuer.</summary>
    public bool IsIssuer(ReadOnlySpan<byte> name) => name.SequenceEqual(_issuerName);

    /// <summary>Whether a CRL is genuine.</summary>
    public bool Verify(CrlReader crl) => _authorities.Any(authority => authority.MayHaveSigned(crl) && crl.Verify(authority.Certificate));

    private static bool IsAboutCertificates(CrlReader crl) => crl.DistributionPoint is not { OnlyContainsAttributeCerts: true }; // else serial numbers of something else

    private sealed class Authority(X509Certificate2 certificate)
    {
        private readonly byte[] _name = certificate.SubjectName.RawData;
        private readonly byte[] _keyIdentifier =
            certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes.ToArray() ?? [];

        public X509Certificate2 Certificate => certificate;

        /// <summary>By the name, and by the key where both say which: an authority keeps its name when it gets another key.</summary>
        public bool MayHaveSigned(CrlReader crl) =>
            crl.IssuerName.Span.SequenceEqual(_name)
            && (_keyIdentifier.Length == 0 || crl.AuthorityKeyIdentifier.IsEmpty || crl.AuthorityKeyIdentifier.Span.SequenceEqual(_keyIdentifier));
    }
}

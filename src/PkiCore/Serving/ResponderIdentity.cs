using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>A signer that was found fit to answer for an issuer, and what its replies say of it. Immutable.</summary>
internal sealed class ResponderIdentity
{
    /// <summary>The longest signature there is room for: RSA of 8192 bits.</summary>
    public const int MaxSignatureLength = 1024;

    private const int MaxParallelism = 1024;

    private readonly ISigner _signer;
    private readonly byte[] _responderId;
    private readonly byte[] _certificates;
    private readonly SignatureVerifier _verifier;

    private ResponderIdentity(ISigner signer, ResponderIdKind kind, bool isDelegated)
    {
        _signer = signer;
        _responderId = ResponderId.Encode(kind, signer.Certificate);
        _certificates = OcspResponseTemplate.EncodeCertificates(isDelegated ? signer.Certificate : null);
        SignatureForm = StoredSignature.Of(signer.Certificate, signer.Algorithm);
        _verifier = new SignatureVerifier(signer.Certificate, signer.Algorithm);
        Parallelism = Math.Clamp(signer.Parallelism, 1, MaxParallelism);
        Subject = signer.Certificate.Subject;
        SerialNumber = signer.Certificate.SerialNumber;
        NotBefore = new DateTimeOffset(signer.Certificate.NotBefore);
        NotAfter = new DateTimeOffset(signer.Certificate.NotAfter);
        Warnings = isDelegated ? ResponderCertificate.FindProblems(signer.Certificate) : ResponderCertificate.FindProblemsOfAuthority(signer.Certificate);
    }

    /// <summary>Who signs.</summary>
    public string Subject { get; }

    /// <summary>The serial number of the signer's certificate, in hexadecimal.</summary>
    public string SerialNumber { get; }

    /// <summary>How it signs.</summary>
    public SignatureAlgorithm Algorithm => _signer.Algorithm;

    /// <summary>How its signatures are kept.</summary>
    public StoredSignature SignatureForm { get; }

    /// <summary>The end of the signer's validity: nothing it signs lasts longer (MZ-3).</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>When the certificate begins to be valid: nothing that is signed before can be verified.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>What the public CA profile would refuse.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>How many threads pay off; asked once, as a signer is foreign code.</summary>
    public int Parallelism { get; }

    /// <summary>Whether the signer is known to do nothing but compute: it waits for no device, and never hangs.</summary>
    public bool UsesProcessor => _signer is DotNetSigner { IsInProcess: true } || (!OperatingSystem.IsWindows() && _signer is OpenSslSigner);

    /// <summary>What the signer says is wrong with its device.</summary>
    public string? Problem
    {
        get
        {
            try
            {
                return _signer.Problem;
            }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not keep anybody from seeing the health
            catch (Exception e)
#pragma warning restore CA1031
            {
                return $"the signer cannot say how it is: {e.Message}";
            }
        }
    }

    /// <summary>Checks a signer (RFC 6960 4.2.2.2, RFC 9919 3.2.2, BR 7.1.2.8).</summary>
    /// <exception cref="SigningException">It must not sign for the issuer; the message says why.</exception>
    public static ResponderIdentity Create(Issuer issuer, ISigner signer, OcspResponderOptions options, DateTimeOffset now)
    {
        X509Certificate2 certificate = signer.Certificate;
        string who = $"The OCSP signer '{certificate.Subject}' (serial {certificate.SerialNumber})";
        switch (OcspResponseVerifier.CheckResponder(certificate, issuer.Certificate, now))
        {
            case OcspVerificationResult.ResponderNotAuthorized:
                throw new SigningException($"{who} cannot answer for '{issuer.Name}': it is neither this CA's own certificate nor one that this CA issued with the extended key usage OCSP signing.");
            case OcspVerificationResult.ResponderNotValid:
                throw new SigningException(FormattableString.Invariant($"{who} is valid from {new DateTimeOffset(certificate.NotBefore):u} to {new DateTimeOffset(certificate.NotAfter):u}, and it is {now:u}."));
        }

        if (signer.MaxSignatureLength > MaxSignatureLength)
        {
            throw new SigningException($"{who} makes signatures of {signer.MaxSignatureLength} bytes; {MaxSignatureLength} is the limit.");
        }

        ResponderIdentity identity;
        try
        {
            identity = new ResponderIdentity(signer, options.ResponderId, !OcspResponseVerifier.IsSameAuthority(certificate, issuer.Certificate));
        }
        catch (CryptographicException e)
        {
            throw new SigningException($"{who} has an extension that cannot be read: {e.Message}", e);
        }

        if (options.PublicCaProfile && identity.Warnings.Count > 0)
        {
            throw new SigningException($"{who} is not fit for a public CA: {string.Join("; ", identity.Warnings)}.");
        }

        int maxLength = identity.CreateTemplate(now, now, now).GetMaxLength(options.MaxSingleResponses, signer.MaxSignatureLength);
        return maxLength <= OcspResponder.MaxReplyLength ? identity
            : throw new SigningException($"{who} has a certificate so long that a reply could take {maxLength} bytes; {OcspResponder.MaxReplyLength} is the limit.");
    }

    /// <summary>Holds a signature over a ResponseData against the signer's certificate.</summary>
    /// <exception cref="SigningException">It is not by its key.</exception>
    public void Verify(ReadOnlySpan<byte> toBeSigned, ReadOnlySpan<byte> signature)
    {
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        ReadOnlySpan<byte> input = _signer.PreHash ? digest[..CryptographicOperations.HashData(_signer.Algorithm.Hash, toBeSigned, digest)] : toBeSigned;
        if (!_verifier.Verify(input, signature))
        {
            throw new SigningException($"A signature by '{_signer.Certificate.Subject}' did not pass verification before use. It is thrown away.") { IsTransient = true };
        }
    }

    public bool IsOf(ISigner signer) => _signer == signer;

    public OcspResponseTemplate CreateTemplate(DateTimeOffset producedAt, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate) =>
        new(_responderId, producedAt, thisUpdate, nextUpdate, _signer.Algorithm, _certificates);

    /// <summary>Signs a ResponseData.</summary>
    /// <returns>The length of the signature.</returns>
    /// <exception cref="SigningException">No signature was made.</exception>
    public int Sign(ReadOnlySpan<byte> toBeSigned, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        if (!_signer.PreHash)
        {
            return _signer.Sign(toBeSigned, signature, timeout, priority);
        }

        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        int length = CryptographicOperations.HashData(_signer.Algorithm.Hash, toBeSigned, digest);
        return _signer.Sign(digest[..length], signature, timeout, priority);
    }
}

using PkiCore.Crl.Lint;
using PkiCore.Signing;

namespace PkiCore.Crl.Issuing;

/// <summary>A CRL that was checked and signed, as pieces of memory: good until the entries change.</summary>
internal sealed class SignedCrl
{
    private const int MaxFindings = 3;

    private SignedCrl(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        Pieces = [.. pieces];
        Length = Pieces.Sum(piece => (long)piece.Length);
    }

    /// <summary>One behind the other, the CRL in DER.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces { get; }

    public long Length { get; }

    /// <summary>How many entries there are.</summary>
    public long EntryCount { get; private init; }

    /// <summary>Checks what is to be signed, and signs it: what was checked is what was hashed, in one reading.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="builder">The CRL.</param>
    /// <param name="signer">The issuer's key.</param>
    /// <param name="timeout">How long the signature may take.</param>
    /// <param name="baselineRequirements">Whether the rules for public CAs count too.</param>
    /// <exception cref="InvalidOperationException">The CRL would break a rule.</exception>
    /// <exception cref="SigningException">The signer is not the issuer's, or no signature was made.</exception>
    public static SignedCrl Create(string name, CrlBuilder builder, ISigner signer, TimeSpan timeout, bool baselineRequirements)
    {
        if (!signer.Certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(builder.Issuer.Certificate.PublicKey.ExportSubjectPublicKeyInfo()))
        {
            throw new SigningException($"The key of {signer.Certificate.Subject} is not that of {builder.Issuer.Name}: nobody would accept its CRL.");
        }

        var toBeSigned = new TbsCertList(builder, signer.Algorithm);
        byte[] signature = new byte[signer.MaxSignatureLength];
        using var reader = new CrlReader(new PieceStream(toBeSigned.GetCertificateList(signature)));
        Check(name, reader, baselineRequirements);
        int length = signer.Sign(reader.GetSignedInput(), signature, timeout, SigningPriority.Live);
        return new SignedCrl(toBeSigned.GetCertificateList(signature.AsSpan(0, length))) { EntryCount = reader.EntryCount };
    }

    private static void Check(string name, CrlReader reader, bool baselineRequirements)
    {
        var lint = new CrlLint(reader, baselineRequirements);
        while (reader.TryRead(out CrlEntry entry))
        {
            lint.Check(in entry);
        }

        if (lint.Findings.Count > 0)
        {
            throw new InvalidOperationException($"{name} was not signed: {string.Join("; ", lint.Findings.Take(MaxFindings))}");
        }
    }
}

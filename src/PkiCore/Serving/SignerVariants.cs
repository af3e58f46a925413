using PkiCore.Ocsp;

namespace PkiCore.Serving;

/// <summary>
/// The same issuer with signers of other algorithms, each with answers of its own, and which of them a request gets (RFC 6960 4.4.7). What a
/// client prefers is a hint: it gets what there is, and no variant has to wait for another.
/// </summary>
internal sealed class SignerVariants(ServedIssuer primary)
{
    private volatile ServedIssuer[] _alternates = [];

    /// <summary>All but the primary. They hear the same source.</summary>
    public IReadOnlyList<ServedIssuer> Alternates
    {
        get => _alternates;
        set => _alternates = [.. value];
    }

    /// <summary>The primary and all others.</summary>
    public IReadOnlyList<ServedIssuer> All => [primary, .. _alternates];

    /// <summary>Answers from the first preferred variant that has an answer signed ahead, else from the primary.</summary>
    public OcspAnswer Answer(OcspRequest request, CertId certId, Span<byte> reply)
    {
        ServedIssuer[] alternates = _alternates;
        if (alternates.Length > 0)
        {
            foreach (PreferredSignatureAlgorithm preferred in request.PreferredAlgorithms)
            {
                OcspAnswer answer = Find(alternates, preferred)?.Answer(certId, reply) ?? default;
                if (answer.Batch is not null)
                {
                    return answer;
                }
            }
        }

        return primary.Answer(certId, reply);
    }

    /// <summary>The first preferred variant that can sign now, else the primary.</summary>
    public ServedIssuer ChooseSigner(OcspRequest request)
    {
        ServedIssuer[] alternates = _alternates;
        if (alternates.Length > 0)
        {
            foreach (PreferredSignatureAlgorithm preferred in request.PreferredAlgorithms)
            {
                if (Find(alternates, preferred) is { } variant && (variant == primary || variant.CanSign()))
                {
                    return variant;
                }
            }
        }

        return primary;
    }

    /// <summary>The variant that signs by an algorithm now; what an earlier signer of it has signed may be by another.</summary>
    private ServedIssuer? Find(ServedIssuer[] alternates, PreferredSignatureAlgorithm preferred)
    {
        if (IsBy(primary, preferred))
        {
            return primary;
        }

        foreach (ServedIssuer alternate in alternates)
        {
            if (IsBy(alternate, preferred))
            {
                return alternate;
            }
        }

        return null;
    }

    private static bool IsBy(ServedIssuer variant, PreferredSignatureAlgorithm preferred) => variant.Identity is { } identity && preferred.Matches(identity.Algorithm);
}

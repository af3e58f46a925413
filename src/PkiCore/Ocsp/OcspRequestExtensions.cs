using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>What the extensions of a request say, gathered while it is parsed.</summary>
internal ref struct OcspRequestExtensions
{
    public OcspRequestExtensions()
    {
    }

    public ReadOnlySpan<byte> Nonce { get; private set; }

    public PreferredSignatureAlgorithms PreferredAlgorithms { get; private set; }

    public bool HasUnknownCritical { get; private set; }

    /// <summary>Without AcceptableResponses a client takes what is basic (RFC 6960 4.2.1).</summary>
    public bool AcceptsBasic { get; private set; } = true;

    /// <summary>The extensions of the whole request.</summary>
    public OcspRequestError ReadRequestExtensions(scoped ref DerReader extensions)
    {
        ReadOnlySpan<byte> all = extensions.Remaining;
        for (int count = 0; !extensions.IsEmpty; count++)
        {
            if (!ExtensionReader.TryRead(ref extensions, out ReadOnlySpan<byte> oid, out bool critical, out ReadOnlySpan<byte> value)
                || count == OcspExtensions.MaxCount
                || ExtensionReader.IsRepeated(all, oid, count))
            {
                return OcspRequestError.Extensions;
            }

            OcspRequestError error = Take(oid, critical, value);
            if (error != OcspRequestError.None)
            {
                return error;
            }
        }

        return OcspRequestError.None;
    }

    /// <summary>The extensions of one certificate's Request; only serviceLocator is defined (RFC 6960 4.4.6), and it changes nothing here.</summary>
    public OcspRequestError ReadSingleExtensions(scoped ref DerReader extensions)
    {
        for (int count = 0; !extensions.IsEmpty; count++)
        {
            if (!ExtensionReader.TryRead(ref extensions, out ReadOnlySpan<byte> oid, out bool critical, out _) || count == OcspExtensions.MaxCount)
            {
                return OcspRequestError.Extensions;
            }

            HasUnknownCritical |= critical && !oid.SequenceEqual(ObjectIdentifiers.OcspServiceLocator);
        }

        return OcspRequestError.None;
    }

    private OcspRequestError Take(ReadOnlySpan<byte> oid, bool critical, ReadOnlySpan<byte> value)
    {
        if (oid.SequenceEqual(ObjectIdentifiers.OcspNonce))
        {
            bool valid = OcspExtensions.TryReadNonce(value, out ReadOnlySpan<byte> nonce);
            Nonce = nonce;
            return valid ? OcspRequestError.None : OcspRequestError.Nonce;
        }

        if (oid.SequenceEqual(ObjectIdentifiers.OcspAcceptableResponses))
        {
            bool valid = TryFindBasic(value, out bool acceptsBasic);
            AcceptsBasic = acceptsBasic;
            return valid ? OcspRequestError.None : OcspRequestError.Extensions;
        }

        if (oid.SequenceEqual(ObjectIdentifiers.OcspPreferredSignatureAlgorithms))
        {
            bool valid = PreferredSignatureAlgorithms.TryRead(value, out PreferredSignatureAlgorithms preferred);
            PreferredAlgorithms = preferred;
            return valid ? OcspRequestError.None : OcspRequestError.Extensions;
        }

        HasUnknownCritical |= critical; // RFC 6960 4.1.2: what is not known and not critical is ignored
        return OcspRequestError.None;
    }

    /// <summary>AcceptableResponses is a SEQUENCE OF OBJECT IDENTIFIER (RFC 6960 4.4.3).</summary>
    private static bool TryFindBasic(ReadOnlySpan<byte> value, out bool found)
    {
        found = false;
        var reader = new DerReader(value);
        if (!reader.TryReadSequence(out DerReader types) || !reader.IsEmpty)
        {
            return false;
        }

        while (types.TryReadObjectIdentifier(out ReadOnlySpan<byte> type))
        {
            found |= type.SequenceEqual(ObjectIdentifiers.OcspBasic);
        }

        return types.IsEmpty;
    }
}

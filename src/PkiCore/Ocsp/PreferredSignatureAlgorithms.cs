using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>The signature algorithms that a client prefers, best first (RFC 6960 4.4.7.1). It points into the request.</summary>
internal readonly ref struct PreferredSignatureAlgorithms
{
    /// <summary>More than there are algorithms; bounds the work of choosing.</summary>
    public const int MaxCount = 32;

    private readonly ReadOnlySpan<byte> _list;

    private PreferredSignatureAlgorithms(ReadOnlySpan<byte> list) => _list = list;

    /// <summary>Whether the client prefers none.</summary>
    public bool IsEmpty => _list.IsEmpty;

    public Enumerator GetEnumerator() => new(_list);

    /// <summary>Reads the extension's value and checks all of its structure.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out PreferredSignatureAlgorithms preferred)
    {
        preferred = default;
        var reader = new DerReader(value);
        if (!reader.TryReadSequence(out DerReader list) || !reader.IsEmpty)
        {
            return false;
        }

        preferred = new PreferredSignatureAlgorithms(list.Remaining);
        for (int count = 0; !list.IsEmpty; count++)
        {
            if (count == MaxCount || !PreferredSignatureAlgorithm.TryRead(ref list, out _))
            {
                return false;
            }
        }

        return true;
    }

    public ref struct Enumerator
    {
        private DerReader _list;
        private PreferredSignatureAlgorithm _current;

        internal Enumerator(ReadOnlySpan<byte> list) => _list = new DerReader(list);

        public readonly PreferredSignatureAlgorithm Current => _current;

        public bool MoveNext() => PreferredSignatureAlgorithm.TryRead(ref _list, out _current);
    }
}

/// <summary>PreferredSignatureAlgorithm ::= SEQUENCE { sigIdentifier AlgorithmIdentifier, pubKeyAlgIdentifier SMIMECapability OPTIONAL }.</summary>
internal readonly ref struct PreferredSignatureAlgorithm
{
    private readonly ReadOnlySpan<byte> _oid;
    private readonly ReadOnlySpan<byte> _parameters; // one value whole, or nothing

    private PreferredSignatureAlgorithm(ReadOnlySpan<byte> oid, ReadOnlySpan<byte> parameters)
    {
        _oid = oid;
        _parameters = parameters;
    }

    /// <remarks>The key's algorithm is read and not used: it follows from that of the signature, but for the curve or size.</remarks>
    public static bool TryRead(scoped ref DerReader list, out PreferredSignatureAlgorithm preferred)
    {
        preferred = default;
        return list.TryReadSequence(out DerReader fields)
            && TryReadIdentifier(ref fields, out preferred)
            && (fields.IsEmpty || (TryReadIdentifier(ref fields, out _) && fields.IsEmpty)); // SMIMECapability has the form of an AlgorithmIdentifier
    }

    /// <summary>Whether signatures by an algorithm are what is preferred. Parameters do not matter but for the hash of RSASSA-PSS; without parameters any will do.</summary>
    public bool Matches(SignatureAlgorithm algorithm)
    {
        var encoded = new DerReader(algorithm.Encoded);
        return TryReadIdentifier(ref encoded, out PreferredSignatureAlgorithm known)
            && _oid.SequenceEqual(known._oid)
            && (algorithm.Scheme != SignatureScheme.RsaPss
                || _parameters.IsEmpty
                || (TryReadHash(_parameters, out ReadOnlySpan<byte> hash) && TryReadHash(known._parameters, out ReadOnlySpan<byte> knownHash) && hash.SequenceEqual(knownHash)));
    }

    private static bool TryReadIdentifier(scoped ref DerReader reader, out PreferredSignatureAlgorithm identifier)
    {
        identifier = default;
        ReadOnlySpan<byte> parameters = default;
        if (!reader.TryReadSequence(out DerReader fields)
            || !fields.TryReadObjectIdentifier(out ReadOnlySpan<byte> oid)
            || !(fields.IsEmpty || fields.TryReadEncoded(out parameters))
            || !fields.IsEmpty)
        {
            return false;
        }

        identifier = new PreferredSignatureAlgorithm(oid, parameters);
        return true;
    }

    /// <summary>RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] DEFAULT sha1, ... } (RFC 4055 3.1). SHA-1 is nothing that is signed with here.</summary>
    private static bool TryReadHash(ReadOnlySpan<byte> parameters, out ReadOnlySpan<byte> oid)
    {
        oid = default;
        var reader = new DerReader(parameters);
        return reader.TryReadSequence(out DerReader fields)
            && fields.TryReadConstructed(DerTag.ContextConstructed(0), out DerReader wrapper)
            && wrapper.TryReadSequence(out DerReader hash)
            && hash.TryReadObjectIdentifier(out oid);
    }
}

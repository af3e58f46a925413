using PkiCore.Asn1;

namespace PkiCore.Ocsp;

/// <summary>The SingleResponses about one certificate: one, or one for each of several CertIDs that name it (RFC 9919 3.2.1).</summary>
/// <param name="first">The first.</param>
/// <param name="otherPrefixes">The contents of the other CertIDs up to the serial number. The rest is as in the first.</param>
internal readonly ref struct SingleResponses(SingleResponse first, ReadOnlySpan<byte[]> otherPrefixes)
{
    private readonly SingleResponse _first = first;
    private readonly ReadOnlySpan<byte[]> _otherPrefixes = otherPrefixes;

    public static implicit operator SingleResponses(SingleResponse single) => new(single, default);

    /// <inheritdoc cref="SingleResponse.GetEncodedLength"/>
    public int GetEncodedLength(int validityLength)
    {
        int length = _first.GetEncodedLength(validityLength);
        foreach (byte[] prefix in _otherPrefixes)
        {
            length += _first.With(prefix).GetEncodedLength(validityLength);
        }

        return length;
    }

    public void Write(ref DerWriter writer, ReadOnlySpan<byte> validity)
    {
        _first.Write(ref writer, validity);
        foreach (byte[] prefix in _otherPrefixes)
        {
            _first.With(prefix).Write(ref writer, validity);
        }
    }
}

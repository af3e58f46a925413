using System.Security.Cryptography;
using PkiCore.X509;

namespace PkiCore.Crl.Reading;

/// <summary>Gathers what the signature of a CRL is over, while the CRL is read: its digest, or for Ed25519 all of it.</summary>
internal sealed class CrlHash : IDisposable
{
    public const int MaxMessage = 64 << 20;

    private readonly IncrementalHash? _digest;
    private readonly ReadOnlyMemory<byte> _head;
    private readonly int _messageLength;
    private byte[] _message = []; // none before the first entry: many readers want no entries
    private bool _hasBegun;
    private int _length;
    private byte[]? _result;

    private CrlHash(IncrementalHash? digest, int messageLength, ReadOnlyMemory<byte> head) => (_digest, _messageLength, _head) = (digest, messageLength, head);

    /// <summary>Starts; <see langword="null"/> when nobody could verify the result.</summary>
    /// <param name="algorithm">The signature's; <see langword="null"/> for one that is not known.</param>
    /// <param name="length">The length of tbsCertList.</param>
    /// <param name="head">Its beginning, up to the entries.</param>
    public static CrlHash? Create(SignatureAlgorithm? algorithm, long length, ReadOnlyMemory<byte> head) => algorithm switch
    {
        null => null,
        { Scheme: SignatureScheme.EdDsa } => length <= MaxMessage ? new CrlHash(digest: null, (int)length, head) : null,
        _ => new CrlHash(IncrementalHash.CreateHash(algorithm.Hash), 0, head),
    };

    /// <summary>Adds the next part behind the head.</summary>
    public void Append(ReadOnlySpan<byte> part)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            _message = new byte[_messageLength];
            Add(_head.Span);
        }

        Add(part);
    }

    /// <summary>Adds the last part, once.</summary>
    /// <returns>What the signature is verified against.</returns>
    public ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> lastPart)
    {
        if (_result is null)
        {
            Append(lastPart);
            _result = _digest?.GetHashAndReset() ?? _message;
        }

        return _result;
    }

    public void Dispose() => _digest?.Dispose();

    private void Add(ReadOnlySpan<byte> part)
    {
        if (_digest is not null)
        {
            _digest.AppendData(part);
        }
        else
        {
            part.CopyTo(_message.AsSpan(_length));
            _length += part.Length;
        }
    }
}

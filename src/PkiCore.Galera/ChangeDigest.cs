using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>
/// The digest of a change: SHA-256 over the digest before it and the change. Who knows one digest can tell whether a log goes on from there, or is another one.
/// </summary>
[InlineArray(Length)]
internal struct ChangeDigest : IEquatable<ChangeDigest>
{
    /// <summary>How many octets.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private byte _first;

    /// <summary>Takes the octets of a column.</summary>
    public static ChangeDigest From(ReadOnlySpan<byte> octets) =>
        octets.Length == Length ? MemoryMarshal.Read<ChangeDigest>(octets) : throw new InvalidDataException($"a digest has {octets.Length} octets instead of {Length}");

    /// <summary>
    /// The digest of the change that follows. What is hashed: the digest before (32), number (8), operation id (16), length of the serial number (1), its contents
    /// octets, status (1), reason (1; 255 when good), revocation time (8), invalidity date (8), notAfter (8), CRL shard (4; -1: none), whether a CA (1; 255: not
    /// known). Numbers are big-endian; times in microseconds since 1970 UTC, the smallest number when there is none.
    /// </summary>
    public readonly ChangeDigest Next(in ChangeRecord change)
    {
        Span<byte> input = stackalloc byte[Length + 8 + 16 + 1 + SerialNumber.MaxLength + 2 + (3 * 8) + 4 + 1];
        Span<byte> rest = input;
        ((ReadOnlySpan<byte>)this).CopyTo(rest);
        BinaryPrimitives.WriteUInt64BigEndian(rest[Length..], change.Number);
        change.OperationId.TryWriteBytes(rest[(Length + 8)..], bigEndian: true, out _);
        rest = rest[(Length + 8 + 16)..];

        int length = change.State.Serial.CopyTo(rest[1..]);
        rest[0] = (byte)length;
        rest = rest[(1 + length)..];

        Status.CertificateStatus status = change.State.Status;
        rest[0] = CertificateState.Of(in status);
        rest[1] = status.IsRevoked ? (byte)status.Reason : byte.MaxValue;
        BinaryPrimitives.WriteInt64BigEndian(rest[2..], Microseconds(status.RevocationTime));
        BinaryPrimitives.WriteInt64BigEndian(rest[10..], Microseconds(status.InvalidityDate));
        BinaryPrimitives.WriteInt64BigEndian(rest[18..], Microseconds(change.State.NotAfter));
        BinaryPrimitives.WriteInt32BigEndian(rest[26..], change.State.CrlShard ?? -1);
        rest[30] = change.State.IsCA switch { null => byte.MaxValue, true => 1, false => 0 };
        rest = rest[31..];

        var next = default(ChangeDigest);
        SHA256.HashData(input[..^rest.Length], next);
        return next;
    }

    /// <summary>The value for a parameter.</summary>
    public readonly byte[] ToArray() => ((ReadOnlySpan<byte>)this).ToArray();

    public readonly bool Equals(ChangeDigest other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is ChangeDigest other && Equals(other);

    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(this);

    /// <summary>In hexadecimal.</summary>
    public override readonly string ToString() => Convert.ToHexString(this);

    public static bool operator ==(ChangeDigest left, ChangeDigest right) => left.Equals(right);

    public static bool operator !=(ChangeDigest left, ChangeDigest right) => !left.Equals(right);

    private static long Microseconds(DateTimeOffset? time) =>
        time is { } value ? (value.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond : long.MinValue;
}

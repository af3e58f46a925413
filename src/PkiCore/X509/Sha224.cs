using System.Buffers.Binary;
using System.Numerics;

namespace PkiCore.X509;

/// <summary>
/// SHA-224 (FIPS 180-4 6.2 and 6.3), which .NET does not offer. It hashes an issuer's name and key once when the issuer is loaded,
/// for the rare clients that send SHA-224 CertIDs; nothing is signed with it.
/// </summary>
internal static class Sha224
{
    private const int BlockLength = 64;

    // FIPS 180-4 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static readonly uint[] s_constants = [.. FirstPrimes(64).Select(prime => CubeRootFraction(prime))];

    public static byte[] HashData(ReadOnlySpan<byte> data)
    {
        // FIPS 180-4 5.3.2
        Span<uint> state =
        [
            0xC1059ED8, 0x367CD507, 0x3070DD17, 0xF70E5939, 0xFFC00B31, 0x68581511, 0x64F98FA7, 0xBEFA4FA4,
        ];

        // FIPS 180-4 5.1.1: a one bit, zeros, and the length in bits
        byte[] padded = new byte[(data.Length + 9 + BlockLength - 1) / BlockLength * BlockLength];
        data.CopyTo(padded);
        padded[data.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(padded.AsSpan(padded.Length - 8), (ulong)data.Length * 8);
        for (int offset = 0; offset < padded.Length; offset += BlockLength)
        {
            Compress(state, padded.AsSpan(offset, BlockLength));
        }

        byte[] hash = new byte[28];
        for (int i = 0; i < 7; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(4 * i), state[i]);
        }

        return hash;
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (int t = 0; t < 16; t++)
        {
            w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
        }

        for (int t = 16; t < 64; t++)
        {
            uint s0 = BitOperations.RotateRight(w[t - 15], 7) ^ BitOperations.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
            uint s1 = BitOperations.RotateRight(w[t - 2], 17) ^ BitOperations.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }

        (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
        (uint e, uint f, uint g, uint h) = (state[4], state[5], state[6], state[7]);
        for (int t = 0; t < 64; t++)
        {
            uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint temp1 = h + sum1 + ((e & f) ^ (~e & g)) + s_constants[t] + w[t];
            uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint temp2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + temp1, c, b, a, temp1 + temp2);
        }

        ReadOnlySpan<uint> mixed = [a, b, c, d, e, f, g, h];
        for (int i = 0; i < 8; i++)
        {
            state[i] += mixed[i];
        }
    }

    private static IEnumerable<int> FirstPrimes(int count) =>
        Enumerable.Range(2, 400).Where(n => Enumerable.Range(2, (int)Math.Sqrt(n) - 1).All(d => n % d != 0)).Take(count);

    /// <summary>The largest r with r^3 &lt;= prime * 2^96 is the cube root times 2^32; its low 32 bits are the fraction.</summary>
    private static uint CubeRootFraction(int prime)
    {
        BigInteger target = (BigInteger)prime << 96;
        BigInteger root = 0;
        for (int bit = 36; bit >= 0; bit--)
        {
            BigInteger candidate = root | (BigInteger.One << bit);
            root = BigInteger.Pow(candidate, 3) <= target ? candidate : root;
        }

        return (uint)(root & uint.MaxValue);
    }
}

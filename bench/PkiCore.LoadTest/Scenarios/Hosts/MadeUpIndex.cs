using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Responder.Demo;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>Lines of <c>index.txt</c> as <c>openssl ca</c> writes them, for made-up certificates: fast enough for ten million of them.</summary>
internal sealed class MadeUpIndex
{
    private const int BufferLength = 1 << 20;

    private readonly byte[] _valid;
    private readonly byte[] _revoked;

    /// <param name="now">When certificates count as revoked that are so from the beginning; they expire a year after.</param>
    public MadeUpIndex(DateTimeOffset now)
    {
        string expiry = IndexLine.Time(now.AddYears(1));
        _valid = Encoding.ASCII.GetBytes($"V\t{expiry}\t\t");
        _revoked = Encoding.ASCII.GetBytes($"R\t{expiry}\t{IndexLine.Revocation(now, X509RevocationReason.KeyCompromise, invalidity: null)}\t");
    }

    /// <summary>No line is longer; all with the same status are equally long.</summary>
    public int MaxLength => _revoked.Length + (2 * MadeUpSerials.Length) + End.Length;

    private static ReadOnlySpan<byte> End => "\tunknown\t/CN=load.example\n"u8;

    /// <summary>Writes a file.</summary>
    public void Write(string path, int certificates, int revokedEvery)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, BufferLength);
        Span<byte> line = stackalloc byte[MaxLength];
        for (int i = 0; i < certificates; i++)
        {
            bool isRevoked = revokedEvery > 0 && i % revokedEvery == revokedEvery - 1;
            file.Write(line[..WriteLine(i, isRevoked, line)]);
        }
    }

    /// <summary>Writes one line.</summary>
    /// <returns>Its length.</returns>
    public int WriteLine(int number, bool isRevoked, Span<byte> line)
    {
        Span<byte> serial = stackalloc byte[MadeUpSerials.Length];
        MadeUpSerials.Write(number, serial);
        byte[] start = isRevoked ? _revoked : _valid;
        start.CopyTo(line);
        bool fits = Convert.TryToHexString(serial, line[start.Length..], out int digits);
        System.Diagnostics.Debug.Assert(fits, "the line has room");
        End.CopyTo(line[(start.Length + digits)..]);
        return start.Length + digits + End.Length;
    }
}

using System.Buffers;
using PkiCore.LoadTest.Injection;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>
/// An index whose certificates are revoked in the order of its lines, and which is replaced as a whole each time, as <c>openssl ca</c> does. That order is
/// drawn: neither the popular ones come first nor neighbours. The lines are kept ready in memory: what rewriting takes is the disturber's time and not
/// what is to be measured.
/// </summary>
internal sealed class RevokedIndex
{
    private const int Seed = 2;

    private readonly string _path;
    private readonly int[] _order;
    private readonly byte[] _valid;
    private readonly int _validLength;
    private readonly ArrayBufferWriter<byte> _revoked = new();

    public RevokedIndex(string path, int certificates)
    {
        _path = path;
        _order = [.. Enumerable.Range(0, certificates)];
        SerialFile.Shuffle(_order, Seed);
        var lines = new MadeUpIndex(TimeProvider.System.GetUtcNow());
        Span<byte> line = stackalloc byte[lines.MaxLength];
        _validLength = lines.WriteLine(0, isRevoked: false, line);
        _valid = new byte[_validLength * certificates];
        for (int i = 0; i < certificates; i++)
        {
            lines.WriteLine(_order[i], isRevoked: false, line);
            line[.._validLength].CopyTo(_valid.AsSpan(i * _validLength));
        }

        (Certificates, Revoked) = (certificates, 0);
    }

    public int Certificates { get; }

    /// <summary>How many are revoked so far: the first ones.</summary>
    public int Revoked { get; private set; }

    /// <summary>What is revoked after so many others.</summary>
    public SerialNumber SerialAt(int revokedBefore) => MadeUpSerials.IssuedAt(_order[revokedBefore]);

    /// <summary>Revokes the next ones as of now.</summary>
    public void Revoke(int count)
    {
        var lines = new MadeUpIndex(TimeProvider.System.GetUtcNow());
        Span<byte> line = stackalloc byte[lines.MaxLength];
        for (int end = Revoked + count; Revoked < end; Revoked++)
        {
            _revoked.Write(line[..lines.WriteLine(_order[Revoked], isRevoked: true, line)]);
        }

        using (FileStream file = File.Create(_path + ".new"))
        {
            file.Write(_revoked.WrittenSpan);
            file.Write(_valid.AsSpan(Revoked * _validLength));
        }

        File.Move(_path + ".new", _path, overwrite: true);
    }
}

using PkiCore.Responder.Demo;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>A CA in a folder, with an index of made-up certificates.</summary>
internal sealed class CaFolder
{
    private readonly DemoCa _ca;
    private RevokedIndex? _revocations;

    private CaFolder(DemoCa ca, int certificates) => (_ca, Issuer, Certificates) = (ca, Issuer.FromPemFile(ca.CaPath), certificates);

    public string FullPath => _ca.Directory;

    public string IndexPath => _ca.IndexPath;

    public string KeyPath => _ca.CaKeyPath;

    /// <summary>Where a snapshot with all answers is, once one has been made.</summary>
    public string Snapshots => _ca.Layout.Snapshots;

    public Issuer Issuer { get; }

    /// <summary>How many there are now.</summary>
    public int Certificates { get; private set; }

    /// <summary>Revokes certificates, where none is revoked yet.</summary>
    public RevokedIndex Revocations => _revocations ??= new RevokedIndex(IndexPath, Certificates);

    /// <param name="path">Of the folder.</param>
    /// <param name="certificates">How many the index has.</param>
    /// <param name="revokedEvery">Every so many is revoked from the beginning; 0 for none.</param>
    public static CaFolder Create(string path, int certificates, int revokedEvery)
    {
        var ca = DemoCa.Create(path, new DemoCaOptions(), TimeProvider.System);
        new MadeUpIndex(TimeProvider.System.GetUtcNow()).Write(ca.IndexPath, certificates, revokedEvery);
        return new CaFolder(ca, certificates);
    }

    /// <summary>Issues one certificate more.</summary>
    public void Issue()
    {
        var lines = new MadeUpIndex(TimeProvider.System.GetUtcNow());
        Span<byte> line = stackalloc byte[lines.MaxLength];
        line = line[..lines.WriteLine(Certificates++, isRevoked: false, line)];
        File.Copy(IndexPath, IndexPath + ".new");
        using (var file = new FileStream(IndexPath + ".new", FileMode.Append))
        {
            file.Write(line);
        }

        File.Move(IndexPath + ".new", IndexPath, overwrite: true);
    }

    /// <summary>Settings of a host for this CA, still without a file.</summary>
    public ResponderConfiguration Configure(string path) =>
        new ResponderConfiguration(path).Add(_ca.CaPath, _ca.IndexPath, _ca.ResponderPath, _ca.ResponderKeyPath).Set("Ocsp:PreparedHashes", new System.Text.Json.Nodes.JsonArray("Sha1"));
}

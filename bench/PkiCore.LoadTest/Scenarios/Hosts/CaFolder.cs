using PkiCore.Responder.Demo;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>A CA in a folder, with an index of made-up certificates.</summary>
internal sealed class CaFolder
{
    private readonly DemoCa _ca;

    private CaFolder(DemoCa ca, int certificates) => (_ca, Issuer, Certificates) = (ca, Issuer.FromPemFile(ca.CaPath), certificates);

    public string FullPath => _ca.Directory;

    public string IndexPath => _ca.IndexPath;

    public string KeyPath => _ca.CaKeyPath;

    /// <summary>Where a snapshot with all answers is, once one has been made.</summary>
    public string Snapshots => _ca.Layout.Snapshots;

    public Issuer Issuer { get; }

    public int Certificates { get; }

    /// <param name="path">Of the folder.</param>
    /// <param name="certificates">How many the index has.</param>
    /// <param name="revokedEvery">Every so many is revoked from the beginning; 0 for none.</param>
    public static CaFolder Create(string path, int certificates, int revokedEvery)
    {
        var ca = DemoCa.Create(path, new DemoCaOptions(), TimeProvider.System);
        new MadeUpIndex(TimeProvider.System.GetUtcNow()).Write(ca.IndexPath, certificates, revokedEvery);
        return new CaFolder(ca, certificates);
    }

    /// <summary>Settings of a host for this CA, still without a file.</summary>
    public ResponderConfiguration Configure(string path) =>
        new ResponderConfiguration(path).Add(_ca.CaPath, _ca.IndexPath, _ca.ResponderPath, _ca.ResponderKeyPath).Set("Ocsp:PreparedHashes", new System.Text.Json.Nodes.JsonArray("Sha1"));
}

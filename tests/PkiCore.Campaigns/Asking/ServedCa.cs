using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Campaigns.Asking;

/// <summary>A CA with its certificates, and a host process that answers for it.</summary>
internal sealed class ServedCa : IAsyncDisposable
{
    /// <summary>The shortest that the host takes, so that a long campaign sees answers being refreshed.</summary>
    private const string Validity = "00:05:00";

    /// <summary>On a busy machine everything takes its time; what a campaign is after is not speed.</summary>
    private const string LiveTimeout = "00:00:10";

    private readonly string _folder;

    private ServedCa(string folder, DemoCa ca, IReadOnlyList<string> serials, ResponderProcess host)
    {
        _folder = folder;
        Ca = ca;
        Serials = serials;
        Host = host;
        Issuer = Issuer.FromPemFile(ca.CaPath);
    }

    public DemoCa Ca { get; }

    public Issuer Issuer { get; }

    /// <summary>The serial numbers of good certificates, for the campaign to ask for and to disturb.</summary>
    public IReadOnlyList<string> Serials { get; }

    public ResponderProcess Host { get; }

    public static async Task<ServedCa> StartAsync(string folder, int certificates, CancellationToken cancellationToken)
    {
        var ca = DemoCa.Create(Path.Combine(folder, "ca"), new DemoCaOptions(), TimeProvider.System);
        IReadOnlyList<string> serials = ca.IssueMany(certificates);
        string configuration = new ResponderConfiguration(Path.Combine(folder, "responder.json"))
            .Add(ca.CaPath, ca.IndexPath, ca.ResponderPath, ca.ResponderKeyPath)
            .Set("Ocsp:Validity", Validity)
            .Set("Ocsp:LiveTimeout", LiveTimeout)
            .Write();
        return new ServedCa(folder, ca, serials, await ResponderProcess.ServeAsync(configuration, cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder, "responder.log"), Host.Output);
        Issuer.Certificate.Dispose();
    }
}

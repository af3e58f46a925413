using System.Net.Sockets;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>Keep-alive connections that have had one answer each, and then say nothing.</summary>
internal sealed class IdleConnections(Surroundings surroundings) : IDisturbance
{
    private readonly List<Socket> _sockets = [];

    private int Count => CountFor(surroundings.Settings);

    public static int CountFor(ScenarioSettings settings) => settings.IsQuick ? 1_000 : 10_000;

    public Task BeginAsync(CancellationToken cancellationToken)
    {
        Uri url = surroundings.Host.Process.Url;
        var requests = new PlainRequests(url, surroundings.Host.Issuer);
        for (int i = 0; i < Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Socket socket = PlainConnection.Open(url);
            _sockets.Add(socket);
            requests.Ask(socket, surroundings.Host.Serials[i % surroundings.Host.Serials.Length]);
        }

        return surroundings.Host.WaitUntilCalmAsync(cancellationToken);
    }

    public Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        int open = _sockets.Count(PlainConnection.IsOpenAndSilent);
        DisturbanceException.ThrowUnless(open == Count, $"Of {Count} idle connections, {open} were still open in the end.");
        return Task.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>(StringComparer.Ordinal) { ["idle connections open at the end"] = open });
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
}

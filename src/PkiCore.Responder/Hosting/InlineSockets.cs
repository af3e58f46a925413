using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace PkiCore.Responder.Hosting;

/// <summary>
/// Has each request answered on the thread that learns of its bytes, one for each processor. Handing it to the thread pool and back costs more than
/// the answer does (docs/performance.md). It holds for every socket of the process: what may wait or takes long goes on in the pool (<c>SocketThread</c>,
/// <c>CrlFetch</c>), and a connection that never pauses is moved there.
/// </summary>
internal static class InlineSockets
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>To be called before the first socket is made: the runtime reads its variable once. What the operator has set stays.</summary>
    public static void Prepare() => Environment.SetEnvironmentVariable(Variable, Environment.GetEnvironmentVariable(Variable) ?? "1");

    public static void Configure(SocketTransportOptions options) => options.UnsafePreferInlineScheduling = true;
}

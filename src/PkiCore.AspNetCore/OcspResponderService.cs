using Microsoft.Extensions.Hosting;
using PkiCore.Serving;

namespace PkiCore.AspNetCore;

/// <summary>Starts the responder with the application. The port opens at once: what is not there yet is signed live, or tryLater.</summary>
internal sealed class OcspResponderService(OcspResponder responder) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => responder.StartAsync(stoppingToken);
}

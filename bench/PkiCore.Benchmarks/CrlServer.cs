using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using PkiCore.Crl;
using PkiCore.Testing;

namespace PkiCore.Benchmarks;

/// <summary>crl-server DIRECTORY PORT MEGABYTES: writes a CRL of that length into the directory and serves it, for bench/compare/crl.sh.</summary>
internal static class CrlServer
{
    private const int EntryLength = 27;

    public static async Task<int> RunAsync(string[] args)
    {
        string directory = args[0];
        int megabytes = int.Parse(args[2], CultureInfo.InvariantCulture);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await File.WriteAllBytesAsync(Path.Combine(directory, "ca.crl"), CrlFile.Encode(now, now.AddDays(7), entries: megabytes * 1_000_000 / EntryLength));
        GC.Collect(); // what was needed for writing is not what serving takes

        using var store = new CrlStore(directory);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:" + args[1]).ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        await using WebApplication app = builder.Build();
        app.MapCrl("/crl", store);
        await app.RunAsync();
        return 0;
    }
}

using Microsoft.Extensions.Logging;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Campaigns.Crls;

/// <summary>What a child process does: publish CRLs until it is killed, or its standard input ends.</summary>
internal static class PublishingProgram
{
    /// <summary>The first argument that makes a child of this program.</summary>
    public const string Command = "publish-crls";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(40);

    public static string[] CreateArguments(string directory, string index, string certificate, string key, bool isEager) =>
        [Command, directory, index, certificate, key, isEager ? "eager" : "lazy"];

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [_, var directory, var index, var certificate, var key, var mode])
        {
            return 2;
        }

        using ISigner signer = SoftwareSigner.FromPemFiles(certificate, key);
        using var loggers = new LineLoggerFactory(Console.Out);
        await using var publisher = new CrlPublisher(
            Issuer.FromPemFile(certificate), signer, new OpenSslIndexSource(index, pollInterval: s_pollInterval), CrlSetup.CreateOptions(directory, mode == "eager", s_interval), loggerFactory: loggers);
        await publisher.StartAsync();
        await Console.In.ReadToEndAsync(); // that of the campaign ends with it, however that ends
        return 0;
    }
}

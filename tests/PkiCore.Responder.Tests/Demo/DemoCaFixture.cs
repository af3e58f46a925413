using System.Diagnostics;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Demo;

/// <summary>A demonstration CA in a folder of its own, and the openssl program.</summary>
public sealed class DemoCaFixture : IDisposable
{
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("pkicore-demo-");

    /// <summary>A path with a space and characters that openssl.cnf treats specially.</summary>
    internal string CaDirectory => Path.Combine(_temporary.FullName, "demo $x #1");

    internal DemoCa Create(DemoCaOptions? options = null) =>
        DemoCa.Create(CaDirectory, options ?? new DemoCaOptions(), TimeProvider.System);

    internal static (int ExitCode, string Output) OpenSsl(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            process.Kill();
            throw new TimeoutException($"openssl {string.Join(' ', arguments)} did not end.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }

    internal static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    public void Dispose() => _temporary.Delete(recursive: true);
}

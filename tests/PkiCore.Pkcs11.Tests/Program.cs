using PkiCore.Pkcs11.Tests.Harness;

namespace PkiCore.Pkcs11.Tests;

internal static class Program
{
    private static async Task<int> Main(string[] args) =>
        SigningProcess.TryRun() is { } exitCode ? exitCode
        : args.Contains("-automated", StringComparer.Ordinal) || args.Contains("@@", StringComparer.Ordinal) ? await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args) // as xunit generates it
        : await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
}

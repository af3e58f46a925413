using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using PkiCore.Benchmarks.Crl;
using PkiCore.Benchmarks.Galera;
using PkiCore.Benchmarks.Table;
using PkiCore.Testing;

namespace PkiCore.Benchmarks;

internal static class Program
{
    private static int Main(string[] args)
    {
        bool quick = args.Contains("--quick");
        if (quick && args.Contains("--save") && args[0] is "ratios" or "signing" or "first-answer")
        {
            Console.Error.WriteLine("--quick measures nothing that is worth keeping: leave out --quick or --save.");
            return 2;
        }

        switch (args.FirstOrDefault())
        {
            case "ratios":
                return Ratios.Run(quick, ResultOf("ratios"));
            case "signing" when OperatingSystem.IsLinux():
                return SigningRatios.Run(quick, ResultOf("signing"));
            case "first-answer":
                return FirstAnswer.RunAsync(quick, ResultOf("first-answer", FirstAnswer.Certificates)).GetAwaiter().GetResult();
            case "table" when OperatingSystem.IsLinux():
                return TableCommand.RunAsync(args[1..]).GetAwaiter().GetResult();
            case TableChild.Command when OperatingSystem.IsLinux():
                return TableChild.RunAsync(args[1..]).GetAwaiter().GetResult();
            case "crl" when OperatingSystem.IsLinux():
                return CrlCommand.Run(args[1..]);
            case "galera" when OperatingSystem.IsLinux():
                return GaleraCommand.RunAsync(args[1..]).GetAwaiter().GetResult();
            default:
                // In process: the project that BenchmarkDotNet would generate inherits this repository's build settings, and fails by them.
                Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, DefaultConfig.Instance.AddJob(job.AsDefault()).WithArtifactsPath(Checkout.PathOf("artifacts/benchmarks")));
                return 0;
        }

        TableResult? ResultOf(string name, int? certificates = null) => args.Contains("--save") ? new TableResult(name, certificates) : null;
    }
}

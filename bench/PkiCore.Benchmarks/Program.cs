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
    private const string Help = """
        Usage: PkiCore.Benchmarks COMMAND [--quick] [--save], or options of BenchmarkDotNet such as --filter '*'

          ratios         operations of the core beside other libraries; two minutes
          signing        signers beside C loops; eight minutes, needs bench/native/build.sh
          first-answer   how soon the host answers after its start; a minute
          table          ten million certificates (--count N for another number); a quarter of an hour
          crl            CRLs; half a minute
          galera         a cluster of three nodes, as root; nine minutes

          --quick        shows that it runs, not how fast it is
          --save         keeps the figures in bench/results

        bench/README.md says what is measured.
        """;

    private static int Main(string[] args)
    {
        bool quick = args.Contains("--quick");
        if (quick && args.Contains("--save") && args[0] is "ratios" or "signing" or "first-answer")
        {
            Console.Error.WriteLine("--quick measures nothing that is worth keeping: leave out --quick or --save.");
            return 2;
        }

        if (args.FirstOrDefault() is "signing" && !File.Exists(NativeBuild.SignLoopPath))
        {
            Console.Error.WriteLine("There are no C loops to compare with: bench/native/build.sh builds them.");
            return 2;
        }

        switch (args.FirstOrDefault())
        {
            case null or "--help" or "-h":
                Console.WriteLine(Help);
                return 0;
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
            case not ['-', ..]:
                Console.Error.WriteLine($"There is no '{args[0]}'.\n\n{Help}");
                return 2;
            default:
                // In process: the project that BenchmarkDotNet would generate inherits this repository's build settings, and fails by them.
                Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, DefaultConfig.Instance.AddJob(job.AsDefault()).WithArtifactsPath(Checkout.PathOf("artifacts/benchmarks")));
                return 0;
        }

        TableResult? ResultOf(string name, int? certificates = null) => args.Contains("--save") ? new TableResult(name, certificates) : null;
    }
}

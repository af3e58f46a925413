using System.CommandLine;
using System.Text.Json;
using PkiCore.LoadTest.Reports.Compare;
using PkiCore.LoadTest.Reports.Pages;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Commands;

/// <summary><c>report</c>: tables and charts from what was saved in <c>bench/results</c>.</summary>
internal static class ReportCommand
{
    private const int Passed = 0;
    private const int Failed = 1;

    public static Command Create(TextWriter output, TextWriter error)
    {
        var check = new Option<bool>("--check") { Description = "Change nothing, and say what would change" };
        var compare = new Option<FileInfo>("--compare") { Description = "Print the tables of one result of bench/compare/run.sh, and write nothing", HelpName = "FILE" };
        var steps = new Option<FileInfo>("--steps") { Description = "The same for bench/compare/steps.sh", HelpName = "FILE" };
        var command = new Command("report", "Rewrites the tables of docs/performance.md and README.md and the charts in docs/charts from the newest files in bench/results. Exit code: 0, or 1 when --check finds something to change or a file is not as it should be.")
        {
            check, compare, steps,
        };
        command.SetAction(result =>
        {
            try
            {
                return result.GetValue(compare) is { } comparison ? Print(comparison, CompareTables.Write, output)
                    : result.GetValue(steps) is { } stepsTaken ? Print(stepsTaken, StepsTable.Write, output)
                    : Write(Checkout.Root, result.GetValue(check), output);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
            {
                error.WriteLine(e is JsonException ? $"This is no such result: {e.Message}" : e.Message);
                return Failed;
            }
        });
        return command;
    }

    private static int Print(FileInfo file, Func<CompareFigures, string> write, TextWriter output)
    {
        output.Write(write(CompareFigures.Parse(File.ReadAllText(file.FullName))));
        return Passed;
    }

    private static int Write(string root, bool isCheck, TextWriter output)
    {
        int changed = 0;
        foreach ((string name, string content) in GeneratedPages.Make(root))
        {
            string path = Path.Combine(root, name);
            if (File.Exists(path) && File.ReadAllText(path) == content)
            {
                continue;
            }

            changed++;
            output.WriteLine(name);
            if (!isCheck)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, content);
            }
        }

        if (changed == 0)
        {
            output.WriteLine("All pages are as bench/results has it.");
        }

        return isCheck && changed > 0 ? Failed : Passed;
    }
}

using System.CommandLine;

namespace PkiCore.LoadTest.Commands;

/// <summary>The command line.</summary>
internal static class LoadTestCommand
{
    private const int BadUsage = 2;

    /// <returns>0 when all went well, 1 when not, 2 when the arguments are wrong.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Open-loop load for an OCSP responder: requests are sent when they are due, not when the server has time for them.")
        {
            RunCommand.Create(output, error),
            ScenariosCommand.Create(output, error),
            ReportCommand.Create(output, error),
        };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            return Refuse(error, parsed.Errors.Select(fault => fault.Message));
        }

        // After Ctrl+C the requests that are out are waited for, and what was started is ended.
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
    }

    /// <summary>Says what is wrong with the arguments.</summary>
    /// <returns>The exit code.</returns>
    public static int Refuse(TextWriter error, IEnumerable<string> faults)
    {
        foreach (string fault in faults)
        {
            error.WriteLine(fault);
        }

        return BadUsage;
    }
}

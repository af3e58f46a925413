using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PkiCore.LoadTest.Injection;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>What is measured on.</summary>
internal static class Machine
{
    private const int MostWindows = 6;
    private const int QuietWindows = 2;

    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_noticed = TimeSpan.FromMilliseconds(30);

    /// <summary>Keeps everything of this program on one processor, threads to come included: they begin where those stay that start them.</summary>
    public static void StayOn(int processor)
    {
        foreach (string thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (!Native.TryStayOn(processor, int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture)) && Directory.Exists(thread))
            {
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"This process may not run on processor {processor}."));
            }
        }
    }

    public static string Describe()
    {
        string processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
        return string.Create(CultureInfo.InvariantCulture, $"{processor}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription} with Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {RuntimeInformation.FrameworkDescription}, {NginxVersion()}, PkiCore {BuildVersion.Commit}");
    }

    /// <summary>The processes that use more than a little of a processor, second after second; empty when there is none, or none any more: a build may have just ended.</summary>
    public static Task<string> FindOtherProcessesAsync(CancellationToken cancellationToken)
    {
        HashSet<int> own = ReadOwn();
        return WaitForQuietAsync(async () =>
        {
            Dictionary<int, (string Name, TimeSpan Used)> before = ReadAll();
            await Task.Delay(s_window, cancellationToken);
            return string.Join(", ", ReadAll()
                .Where(process => !own.Contains(process.Key))
                .Select(process => (process.Key, process.Value.Name, Used: process.Value.Used - before.GetValueOrDefault(process.Key, process.Value).Used))
                .Where(process => process.Used >= s_noticed)
                .OrderByDescending(process => process.Used)
                .Select(process => string.Create(CultureInfo.InvariantCulture, $"{process.Name} ({process.Key}) {process.Used / s_window:P0}")));
        });
    }

    /// <summary>Looks until nothing was found twice in a row: what works now and then has a quiet second, too.</summary>
    /// <returns>What was found last; empty when it is quiet.</returns>
    internal static async Task<string> WaitForQuietAsync(Func<Task<string>> look)
    {
        string last = "";
        int quiet = 0;
        for (int i = 0; i < MostWindows && quiet < QuietWindows; i++)
        {
            string found = await look();
            (last, quiet) = found.Length > 0 ? (found, 0) : (last, quiet + 1);
        }

        return quiet < QuietWindows ? last : "";
    }

    /// <summary>This process and the <c>dotnet run</c> that has started it, which is still busy when we begin.</summary>
    private static HashSet<int> ReadOwn()
    {
        var own = new HashSet<int> { Environment.ProcessId };
        for (int id = ParentOf(Environment.ProcessId); id > 0 && ReadStat(id).Contains("(dotnet)", StringComparison.Ordinal); id = ParentOf(id))
        {
            own.Add(id);
        }

        return own;
    }

    private static int ParentOf(int id)
    {
        string stat = ReadStat(id);
        return int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static string ReadStat(int id) => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));

    private static Dictionary<int, (string Name, TimeSpan Used)> ReadAll()
    {
        var all = new Dictionary<int, (string, TimeSpan)>();
        foreach (Process process in Process.GetProcesses())
        {
            using (process)
            {
                try
                {
                    all.Add(process.Id, (process.ProcessName, process.TotalProcessorTime));
                }
                catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    // it has ended meanwhile
                }
            }
        }

        return all;
    }

    private static string NginxVersion()
    {
        if (RequiredTool.TryFind("nginx") is not { } nginx)
        {
            return "no nginx";
        }

        using Process process = Process.Start(new ProcessStartInfo(nginx, ["-v"]) { RedirectStandardError = true, UseShellExecute = false })!;
        string text = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return text.Split(": ", 2)[^1]; // nginx version: nginx/1.22.1
    }
}

using System.CommandLine;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary><c>crl diff</c>: what one CRL lists and another does not.</summary>
internal static class CrlDiffCommand
{
    private const int Different = 1;
    private const int Trouble = 2;

    public static Command Create()
    {
        var first = new Argument<FileInfo>("A") { Description = "The older CRL, in DER or PEM; its entries are kept in memory" };
        var second = new Argument<FileInfo>("B") { Description = "The newer CRL" };
        Option<int> entries = NumberOption.Create("--entries", "How many entries of each kind to print; all are counted", 0, int.MaxValue, 20);
        var command = new Command("diff", "Show which entries B adds, removes and changes against A; nothing is verified. Exit status as of diff: 0 the same entries, whatever else differs, 1 others, 2 trouble.") { first, second, entries };
        command.SetAction((result, _) => RunAsync(result.GetValue(first)!.FullName, result.GetValue(second)!.FullName, result.GetValue(entries)));
        return command;
    }

    private static async Task<int> RunAsync(string first, string second, int max)
    {
        try
        {
            return await CompareAsync(first, second, max).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or ConfigurationException)
        {
            Console.Error.WriteLine(e.Message);
            return Trouble;
        }
    }

    private static async Task<int> CompareAsync(string first, string second, int max)
    {
        using CrlReader a = CrlInput.Open(first);
        using CrlReader b = CrlInput.Open(second);
        if (a.IsDelta != b.IsDelta)
        {
            throw new ConfigurationException($"'{(a.IsDelta ? first : second)}' is a delta CRL and the other is a complete one: 'crl verify --base' combines them.");
        }

        var difference = new CrlDifference(max, ofIssuer: a.DistributionPoint is { IsIndirect: true } || b.DistributionPoint is { IsIndirect: true });
        await CrlInput.ReadAsync(a, first, (in entry) => difference.TakeFirst(in entry)).ConfigureAwait(false);
        await CrlInput.ReadAsync(b, second, (in entry) => difference.TakeSecond(in entry)).ConfigureAwait(false);
        difference.Complete();

        PrintHeader(a, b);
        Print("added", '+', difference.Added);
        Print("removed", '-', difference.Removed);
        Print("changed", '~', difference.Changed);
        Console.WriteLine(FormattableString.Invariant(
            $"{difference.Added.Count:N0} added, {difference.Removed.Count:N0} removed, {difference.Changed.Count:N0} changed, {difference.Same:N0} the same"));
        return difference.IsEmpty ? 0 : Different;
    }

    private static void PrintHeader(CrlReader a, CrlReader b)
    {
        Dictionary<string, string> before = CrlText.Describe(a).ToDictionary(StringComparer.Ordinal);
        Dictionary<string, string> now = CrlText.Describe(b).ToDictionary(StringComparer.Ordinal);
        foreach (string name in before.Keys.Union(now.Keys, StringComparer.Ordinal))
        {
            string was = before.GetValueOrDefault(name, "none");
            string value = now.GetValueOrDefault(name, "none");
            if (was != value)
            {
                Console.WriteLine($"{name + ":",-15}{was} -> {value}");
            }
        }
    }

    private static void Print(string what, char sign, CrlDifference.Kind entries)
    {
        foreach (string entry in entries.Kept)
        {
            Console.WriteLine($"{sign} {entry}");
        }

        if (entries.Count > entries.Kept.Count)
        {
            Console.WriteLine(FormattableString.Invariant($"{sign} and {entries.Count - entries.Kept.Count:N0} more {what}"));
        }
    }
}

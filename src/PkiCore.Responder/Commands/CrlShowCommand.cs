using System.CommandLine;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary><c>crl show</c>: prints a CRL, or what it says of one certificate.</summary>
internal static class CrlShowCommand
{
    private const int NotListed = 2;
    private const int DefaultEntries = 20;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A CRL of any size, in DER or PEM" };
        Option<int> entries = NumberOption.Create("--entries", "How many entries to print; all are read and counted", 0, int.MaxValue, DefaultEntries);
        var serial = new Option<string>("--serial") { Description = "Say whether and how the certificate with this serial number is listed, and print no other entry", HelpName = "HEX" };
        serial.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !CrlSerial.TryParse(text, out _))
            {
                result.AddError($"--serial: '{text}' is no serial number in hexadecimal.");
            }
        });
        var command = new Command("show", "Print a CRL; nothing is verified. Exit status: 0 printed (with --serial: listed), 1 not a CRL, 2 with --serial: not listed.") { file, entries, serial };
        command.SetAction((result, _) => ShowAsync(
            result.GetValue(file)!.FullName, result.GetValue(entries), CrlSerial.TryParse(result.GetValue(serial) ?? "", out byte[] number) ? number : null));
        return command;
    }

    private static async Task<int> ShowAsync(string path, int max, byte[]? serial)
    {
        try
        {
            using CrlReader crl = CrlInput.Open(path);
            PrintHeader(crl);
            return serial is null ? await ShowEntriesAsync(crl, path, max).ConfigureAwait(false) : await FindAsync(crl, path, serial).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }

    private static void PrintHeader(CrlReader crl)
    {
        foreach ((string name, string value) in CrlText.Describe(crl))
        {
            Console.WriteLine($"{name + ":",-15}{value}");
        }
    }

    private static async Task<int> ShowEntriesAsync(CrlReader crl, string path, int max)
    {
        bool isIndirect = crl.DistributionPoint is { IsIndirect: true };
        Console.WriteLine("Revoked:");
        while (crl.EntryCount < max && crl.TryRead(out CrlEntry entry))
        {
            Console.WriteLine("  " + CrlText.Describe(in entry, isIndirect));
        }

        long shown = crl.EntryCount;
        await CrlInput.ReadAsync(crl, path, (in _) => { }).ConfigureAwait(false);
        Console.WriteLine(FormattableString.Invariant($"  {crl.EntryCount:N0} entries{(shown < crl.EntryCount ? $", {shown:N0} of them shown" : "")}"));
        PrintUnsupported(crl);
        return 0;
    }

    private static async Task<int> FindAsync(CrlReader crl, string path, byte[] serial)
    {
        bool isIndirect = crl.DistributionPoint is { IsIndirect: true };
        var found = new List<string>(); // of an indirect CRL one for each issuer
        await CrlInput.ReadAsync(crl, path, (in entry) =>
        {
            if (entry.SerialNumber.SequenceEqual(serial) && found.Count < DefaultEntries)
            {
                found.Add(CrlText.Describe(in entry, isIndirect));
            }
        }).ConfigureAwait(false);
        string name = CrlSerial.Describe(serial);
        Console.WriteLine(found.Count == 0 ? FormattableString.Invariant($"Not listed: {name} is not among the {crl.EntryCount:N0} entries.") : $"Listed:\n  {string.Join("\n  ", found)}");
        PrintUnsupported(crl);
        return found.Count == 0 ? NotListed : 0;
    }

    /// <summary>Which can show as late as at the last entry.</summary>
    private static void PrintUnsupported(CrlReader crl)
    {
        if (crl.UnsupportedCriticalExtension is { } extension && extension.StartsWith("entry", StringComparison.Ordinal))
        {
            Console.WriteLine($"{"Not usable:",-15}critical extension {extension} is not known");
        }
    }
}

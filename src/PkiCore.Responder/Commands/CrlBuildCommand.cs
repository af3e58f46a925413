using System.CommandLine;
using System.Globalization;
using System.Numerics;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary><c>crl build</c>: publishes CRLs once, for those who have a timer of their own.</summary>
internal static class CrlBuildCommand
{
    private const int MaxDays = 366;
    private const int MaxShards = 10_000;

    public static Command Create()
    {
        var ca = new Option<FileInfo>("--ca", "--CA") { Description = "The certificate of the CA, who issues the CRLs", HelpName = "FILE", Required = true };
        var key = new Option<string[]>("--key") { Description = "Its private key: PEM, or a pkcs11: URI, several times for one key on several tokens", HelpName = "FILE|URI", Required = true };
        var passphrase = new Option<string>("--passin") { Description = "Where the key's passphrase is: file:PATH or env:NAME; asked for if left out", HelpName = "SOURCE" };
        var index = new Option<FileInfo>("--index") { Description = "The CA's index.txt, as openssl ca keeps it", HelpName = "FILE", Required = true };
        var output = new Option<DirectoryInfo>("--out") { Description = "Where the CRLs are published, the same every time: DIR/current/ca.crl and so on. It also keeps the CRL number, and what the last CRLs said. Made if missing", HelpName = "DIR", Required = true };
        Option<int> days = NumberOption.Create("--days", "Days from thisUpdate to nextUpdate; 4 if neither this nor --hours is given, 1 for delta CRLs", 0, MaxDays);
        Option<int> hours = NumberOption.Create("--hours", "Hours from thisUpdate to nextUpdate, added to --days", 0, MaxDays * 24);
        var delta = new Option<bool>("--delta") { Description = "Publish delta CRLs (ca-delta.crl) to the complete CRLs that DIR holds, which stay. Without it complete CRLs are published, and delta CRLs to those before if DIR has delta CRLs already" };
        Option<int> shards = NumberOption.Create("--shards", "Spread the certificates over N CRLs, shard-000.crl and so on, by serial number; N is for good", 0, MaxShards);
        var uri = new Option<string>("--uri") { Description = "What the certificates' distribution points say, byte by byte, for the issuing distribution point; of shards {0} is the number, {0:000} three digits of it", HelpName = "URI" };
        var freshest = new Option<string>("--freshest") { Description = "Where the delta CRLs will be found, for the complete CRLs; with {0} as in --uri", HelpName = "URI" };
        var number = new Option<string>("--number") { Description = "The least CRL number, in decimal or as 0x...: to go on after the CRLs of another program", HelpName = "N" };
        var baseline = new Option<bool>("--baseline") { Description = "Refuse what the CA/Browser Forum's Baseline Requirements forbid, and not only RFC 5280" };
        number.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && ParseNumber(text) is null)
            {
                result.AddError($"--number: '{text}' is no number from 0.");
            }
        });
        var command = new Command("build", "Publish the CRLs of a CA once: they are checked, signed, read back and compared with those before, and take their place all at once. Exit status: 0 published, 1 not, and what was there stays.")
        {
            ca, key, passphrase, index, output, days, hours, delta, shards, uri, freshest, number, baseline,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var issuer = new IssuerSettings
            {
                Certificate = result.GetValue(ca)!.FullName,
                Index = result.GetValue(index)!.FullName,
                Signer = new SignerSettings { Certificate = result.GetValue(ca)!.FullName, Key = [.. result.GetValue(key)!.Select(ServeCommand.KeyOf)], Passphrase = result.GetValue(passphrase) ?? "" },
            };
            var settings = new CrlBuildSettings
            {
                Directory = result.GetValue(output)!.FullName,
                IsDelta = result.GetValue(delta),
                Validity = TimeSpan.FromDays(result.GetValue(days)) + TimeSpan.FromHours(result.GetValue(hours)),
                Shards = result.GetValue(shards),
                Uri = result.GetValue(uri),
                FreshestUri = result.GetValue(freshest),
                LeastNumber = result.GetValue(number) is { } text ? ParseNumber(text) : null,
                IsBaseline = result.GetValue(baseline),
            };
            return OperatingSystem.IsWindows() ? throw new ConfigurationException("CRLs are published with symbolic links and renames that this system does not have.")
                : CrlBuild.RunAsync(issuer, settings, cancellationToken);
        });
        return command;
    }

    private static BigInteger? ParseNumber(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return BigInteger.TryParse(isHex ? "0" + text[2..] : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger value) ? value : null;
    }
}

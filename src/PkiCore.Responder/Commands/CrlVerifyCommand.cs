using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Lint;
using PkiCore.Crl;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary><c>crl verify</c>: everything that can be said of a CRL with its CA's certificate at hand.</summary>
internal static class CrlVerifyCommand
{
    private const int NotVerified = 1;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A CRL of any size, in DER or PEM" };
        var ca = new Option<FileInfo>("--ca", "--CA") { Description = "The certificate of the CRL's issuer", HelpName = "FILE", Required = true };
        var complete = new Option<FileInfo>("--base") { Description = "The complete CRL that FILE, a delta CRL, is to be combined with: it is verified too, whatever its nextUpdate", HelpName = "FILE" };
        var baseline = new Option<bool>("--baseline") { Description = "Hold it against the CA/Browser Forum's Baseline Requirements too" };
        var command = new Command(
            "verify",
            "Verify a CRL: strict DER, signature, the rules of RFC 5280, times as of now, serial numbers that are there twice, and whether a delta CRL fits its base. Exit status: 0 all of it holds, 1 something does not, or could not be checked.")
        {
            file, ca, complete, baseline,
        };
        command.SetAction((result, _) => VerifyAsync(
            result.GetValue(file)!.FullName, CrlInput.OpenIssuer(result.GetValue(ca)!.FullName), result.GetValue(complete)?.FullName, result.GetValue(baseline)));
        return command;
    }

    private static async Task<int> VerifyAsync(string path, Issuer issuer, string? basePath, bool isBaseline)
    {
        var checks = new List<CrlCheck>();
        try
        {
            await CheckAsync(path, issuer, basePath, isBaseline, checks).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            checks.Add(new CrlCheck("strict DER", [e.Message]));
        }

        foreach (CrlCheck check in checks)
        {
            Console.WriteLine($"{(check.Faults.Count == 0 ? "ok  " : "FAIL")}  {check.What}");
            foreach (string fault in check.Faults)
            {
                Console.WriteLine($"      - {fault}");
            }
        }

        int failed = checks.Count(check => check.Faults.Count > 0);
        (failed == 0 ? Console.Out : Console.Error).WriteLine(failed == 0 ? "Verified." : FormattableString.Invariant($"Not verified: {failed} of {checks.Count} checks failed."));
        return failed == 0 ? 0 : NotVerified;
    }

    private static async Task CheckAsync(string path, Issuer issuer, string? basePath, bool isBaseline, List<CrlCheck> checks)
    {
        using CrlReader crl = CrlInput.Open(path);
        var lint = new CrlLint(crl, isBaseline);
        var repeated = new RepeatedSerials();
        CrlListing? changes = basePath is not null && crl.IsDelta ? new CrlListing() : null;
        await CrlInput.ReadAsync(crl, path, (in entry) =>
        {
            lint.Check(in entry);
            repeated.Add(in entry);
            changes?.TryAdd(in entry);
        }).ConfigureAwait(false);

        string kind = crl.IsDelta ? $"delta CRL {crl.Number} to {crl.BaseNumber} or later" : $"complete CRL {crl.Number}";
        checks.Add(new CrlCheck(FormattableString.Invariant($"strict DER: {kind}, {crl.EntryCount:N0} entries, {crl.Length:N0} bytes"), []));
        checks.Add(CrlChecks.Signature(crl, issuer));
        checks.Add(CrlChecks.Rules(lint, isBaseline));
        checks.Add(new CrlCheck("every certificate listed once", await repeated.FindAsync(path).ConfigureAwait(false)));
        checks.Add(CrlChecks.Times(crl, TimeProvider.System.GetUtcNow()));
        if (basePath is not null)
        {
            await CheckBaseAsync(crl, changes, basePath, issuer, checks).ConfigureAwait(false);
        }
    }

    private static async Task CheckBaseAsync(CrlReader delta, CrlListing? changes, string path, Issuer issuer, List<CrlCheck> checks)
    {
        using CrlReader complete = CrlInput.Open(path);
        long unchanged = 0;
        await CrlInput.ReadAsync(complete, path, (in entry) => unchanged += changes?.TryGet(in entry, out _) == true ? 0 : 1).ConfigureAwait(false);
        CrlCheck signature = CrlChecks.Signature(complete, issuer);
        checks.Add(signature with { What = $"base, {signature.What}" });
        if (complete.UnsupportedCriticalExtension is { } extension)
        {
            checks.Add(new CrlCheck("base, extensions", [$"critical extension {extension} is not known: it must not be used (RFC 5280 5.2)"]));
        }

        string[] faults = [.. CrlDeltaFit.FindFaults(delta, complete)];
        string combined = faults.Length == 0 ? FormattableString.Invariant($": together {unchanged + CountRevoked(changes!):N0} entries as of {CrlText.Time(delta.ThisUpdate)}") : "";
        checks.Add(new CrlCheck($"delta CRL and base {complete.Number} fit{combined}", faults));
    }

    private static long CountRevoked(CrlListing changes) => changes.All.LongCount(change =>
    {
        CrlEntry.TryRead(change.Entry.Span, change.Issuer, out CrlEntry entry);
        return entry.Reason != X509RevocationReason.RemoveFromCrl;
    });
}

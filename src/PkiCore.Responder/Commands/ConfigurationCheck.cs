using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Responder.Commands;

/// <summary><c>check --config</c>: what <c>serve</c> would do, as far as can be seen without starting or writing anything.</summary>
internal sealed class ConfigurationCheck
{
    private const int HasFault = 2;

    private readonly ResponderSettings _settings;
    private bool _isFaulty;

    private ConfigurationCheck(ResponderSettings settings) => _settings = settings;

    /// <returns>The exit status.</returns>
    /// <exception cref="ConfigurationException">The file or a setting in it cannot be used.</exception>
    public static async Task<int> RunAsync(string path, CancellationToken cancellationToken)
    {
        ResponderPlan plan = ResponderPlan.FromFile(path);
        var check = new ConfigurationCheck(plan.Settings);
        var cluster = new EdgeCluster(plan, TimeProvider.System, NullLoggerFactory.Instance);
        await using ConfiguredAsyncDisposable end = cluster.ConfigureAwait(false);
        var loader = new IssuerLoader(plan, cluster, NullLoggerFactory.Instance, TimeProvider.System);
        plan.Settings.Ocsp.SnapshotDirectory = null; // nothing is written here, and the folder need not be there yet
        var responder = new OcspResponder(plan.Settings.Ocsp);
        await using (responder.ConfigureAwait(false))
        {
            foreach (IssuerSettings issuer in plan.Settings.Issuers)
            {
                LoadedIssuer loaded = loader.LoadCrlKey(loader.Load(issuer, mayAsk: true), mayAsk: true);
                try
                {
                    await check.CheckAsync(loaded, responder, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    foreach (ISigner signer in loaded.Signers)
                    {
                        signer.Dispose();
                    }
                }
            }
        }

        Console.WriteLine(check._isFaulty ? "The configuration has faults." : "The configuration can be used.");
        return check._isFaulty ? HasFault : 0;
    }

    private async Task CheckAsync(LoadedIssuer loaded, OcspResponder responder, CancellationToken cancellationToken)
    {
        Console.WriteLine(loaded.Issuer?.Name ?? loaded.Settings.Certificate);
        Fail([loaded.Fault, .. loaded.AlternateFaults, .. loaded.KeyProblems]);
        foreach (ISigner signer in loaded.AnswerSigners)
        {
            Say("Answers", $"signed by {signer.Certificate.Subject}, {signer.Algorithm}");
            try
            {
                responder.CheckSigner(loaded.Issuer!, signer);
            }
            catch (Exception e) when (e is SigningException or CryptographicException)
            {
                Fail([e.Message]);
            }
        }

        if (loaded.Source is { Fault: null } source)
        {
            await CheckSourceAsync(source.Source, cancellationToken).ConfigureAwait(false);
        }

        if (loaded is { Issuer: not null, Settings.Crl: { } crl })
        {
            CheckCrls(loaded, crl);
        }

        Console.WriteLine();
    }

    /// <summary>Reads the source once, as far as its first part.</summary>
    private async Task CheckSourceAsync(IStatusSource source, CancellationToken cancellationToken)
    {
        await foreach (StatusBatch batch in source.ReadAsync(default, cancellationToken).ConfigureAwait(false))
        {
            Say("Source", source.Name);
            Fail([batch.Problem]);
            break;
        }
    }

    private void CheckCrls(LoadedIssuer loaded, CrlSettings crl)
    {
        Fail([CrlKeys.FindFault(loaded), .. CrlKeys.FindProblems(loaded), PublishingFolder.FindFault(crl.Directory) is { } fault ? $"Crl.Directory: {fault}" : null]);
        if (loaded.CrlKey?.Signer is { } signer)
        {
            Say("CRLs", $"signed with {signer.Algorithm}, published in {Path.Combine(crl.PublishedDirectory, "current")}{(crl.IsDistributed ? " while this host holds the lease" : "")}");
        }

        if (!crl.IsSigned)
        {
            Say("CRLs", $"received from the database, served from {Path.Combine(crl.ServedDirectory, "current")} as {crl.Prefix}/NAME.crl");
            return;
        }

        CrlPublisherOptions options = CrlPlan.ToOptions(crl, _settings.Ocsp.MaxSourceAge);
        foreach (CrlScope scope in options.Scopes)
        {
            Describe(scope.FileName, scope.DistributionPoint?.Uris ?? [], options.Interval, options.Validity, options.PublishAfterChange);
            if (options.DeltaInterval is { } interval)
            {
                Describe(scope.DeltaFileName, scope.FreshestCrl, interval, options.ActualDeltaValidity, options.PublishDeltaAfterChange);
            }
        }

        void Describe(string file, IReadOnlyList<string> uris, TimeSpan interval, TimeSpan validity, TimeSpan? afterChange)
        {
            string change = afterChange is { } delay ? $", {(delay == TimeSpan.Zero ? "at once" : $"{delay:c}")} after a change" : "";
            Say("  " + file, FormattableString.Invariant($"every {interval:c}{change}, valid for {validity:c}; served as {crl.Prefix}/{file}{string.Concat(uris.Select(uri => ", named " + uri))}"));
        }
    }

    private static void Say(string what, string text) => Console.WriteLine($"  {what + ":",-12} {text}");

    private void Fail(IEnumerable<string?> faults)
    {
        foreach (string fault in faults.OfType<string>())
        {
            _isFaulty = true;
            Console.WriteLine($"  {"FAULT:",-12} {fault}");
        }
    }
}

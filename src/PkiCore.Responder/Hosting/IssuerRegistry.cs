using System.Security.Cryptography;
using PkiCore.Responder.Configuration;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>
/// Keeps the responder's issuers as the configuration wants them. At start a CA with a fault does not stop the others; later, a configuration
/// under which something would stop that works now is refused as a whole. Used by one thread at a time.
/// </summary>
internal sealed class IssuerRegistry(OcspResponder responder, IssuerLoader loader, CrlPublishing crls, TimeProvider timeProvider, ILogger<IssuerRegistry> logger)
{
    private readonly RetiredSigners _retired = new(timeProvider, logger);
    private Dictionary<string, LoadedIssuer> _issuers = [];

    /// <summary>What the responder itself cannot know: CAs that cannot be told apart from foreign ones, because their certificate is missing, and keys that
    /// are left out because others sign.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>Keys that do not sign although others of their CA do.</summary>
    public IReadOnlyList<string> KeyProblems =>
    [
        .. _issuers.Values.SelectMany(issuer => issuer.KeyProblems.Select(problem => $"{issuer.Issuer?.Name}: a key does not sign, others do: {problem}")),
        .. _issuers.Values.SelectMany(issuer => issuer.AlternateFaults.Select(fault => DescribeAlternate(issuer, fault))),
        .. _issuers.Values.SelectMany(issuer => CrlKeys.FindProblems(issuer).Select(problem => $"{issuer.Issuer?.Name}: a key does not sign CRLs, others do: {problem}")),
    ];

    /// <summary>Whether a token refused a PIN.</summary>
    public bool IsPinRefused => _issuers.Values.Any(issuer => issuer.IsPinRefused || issuer.CrlKey?.IsPinRefused == true);

    /// <summary>Every CA that has a fault.</summary>
    public IReadOnlyList<string> Faults => [.. _issuers.Values.Where(issuer => issuer.Fault is not null).Select(Describe), .. _issuers.Values.Select(CrlKeys.FindFault).OfType<string>()];

    /// <summary>Those faults that do not go without a change: not that a token hangs.</summary>
    public IReadOnlyList<string> LastingFaults =>
    [
        .. _issuers.Values.Where(issuer => issuer.Fault is not null && !issuer.IsHanging).Select(Describe),
        .. _issuers.Values.Where(issuer => issuer.CrlKey?.IsHanging == false).Select(CrlKeys.FindFault).OfType<string>(),
    ];

    /// <summary>Whether another try is due: something is missing that may come by itself.</summary>
    public bool NeedsRetry => Faults.Count > 0 || KeyProblems.Count > 0 || crls.HasFaults;

    /// <summary>What the files of all CAs looked like when they were read.</summary>
    public string FileState => string.Concat(_issuers.Values.Select(issuer => issuer.AllFiles));

    /// <summary>Brings the responder's issuers in line with the settings.</summary>
    /// <param name="settings">What is wanted.</param>
    /// <param name="mayAsk">Whether there is somebody to ask for a passphrase.</param>
    /// <exception cref="ConfigurationException">A CA that works now would not; nothing has changed.</exception>
    public async Task ApplyAsync(IReadOnlyList<IssuerSettings> settings, bool mayAsk)
    {
        List<ISigner> known = [.. _issuers.Values.SelectMany(issuer => issuer.Signers)];
        try
        {
            await ApplyAsync(settings, mayAsk, known).ConfigureAwait(false);
        }
        finally
        {
            _retired.Add(known.Except(_issuers.Values.SelectMany(issuer => issuer.Signers)));
        }
    }

    /// <summary>Publishes the CRLs that are wanted, and no others. What goes wrong with that is in their health.</summary>
    public Task PublishCrlsAsync() => crls.ApplyAsync(_issuers.Values);

    /// <summary>Disposes signers that were replaced a while ago.</summary>
    public void Tidy() => _retired.DisposeOld();

    /// <summary>Disposes all signers, once the responder has stopped. Modules are finalised by that: some crash when the process ends in the middle of a call.</summary>
    public void DisposeSigners()
    {
        _retired.Add(_issuers.Values.SelectMany(issuer => issuer.Signers));
        _issuers = [];
        _retired.DisposeAll();
    }

    /// <param name="settings">What is wanted.</param>
    /// <param name="mayAsk">Whether there is somebody to ask.</param>
    /// <param name="known">Gets every signer that is loaded.</param>
    private async Task ApplyAsync(IReadOnlyList<IssuerSettings> settings, bool mayAsk, List<ISigner> known)
    {
        var next = new Dictionary<string, LoadedIssuer>();
        LoadedIssuer[] all = await LoadAsync(settings, mayAsk, known).ConfigureAwait(false);
        for (int i = 0; i < settings.Count; i++)
        {
            IssuerSettings wanted = settings[i];
            LoadedIssuer loaded = all[i];
            string key = Key(loaded);
            loaded = next.ContainsKey(key) ? throw new ConfigurationException($"'{wanted.Certificate}' is the same CA as another of the Issuers.") : CrlKeys.KeepUnlessBetter(KeepUnlessBetter(Check(loaded), key, known), _issuers.GetValueOrDefault(key), known);
            next.Add(key, loaded);
            if (FindWorking(key, wanted) is { } working)
            {
                CheckReplacement(loaded, working, $"Issuers[{i}]");
            }

            CrlKeys.CheckReplacement(loaded, _issuers.GetValueOrDefault(key), $"Issuers[{i}]");
        }

        // A certificate that cannot be read may be that of a CA which would otherwise be given up.
        if (next.Values.FirstOrDefault(issuer => issuer.Issuer is null) is { } unreadable && _issuers.Any(issuer => issuer.Value.Fault is null && !next.ContainsKey(issuer.Key)))
        {
            throw new ConfigurationException(Describe(unreadable));
        }

        foreach ((string key, LoadedIssuer issuer) in _issuers)
        {
            if (issuer.Issuer is not null && (!next.TryGetValue(key, out LoadedIssuer? kept) || kept.Source?.Description != issuer.Source?.Description))
            {
                _issuers.Remove(key);
                await responder.RemoveIssuerAsync(issuer.Issuer).ConfigureAwait(false);
            }
        }

        foreach ((string key, LoadedIssuer issuer) in next)
        {
            Serve(key, issuer);
        }

        _issuers = next;
        Problems = [.. next.Values.Where(issuer => issuer.Issuer is null).Select(Describe), .. KeyProblems];
    }

    /// <summary>Loads what has changed; different tokens at once, for one that hangs is waited for.</summary>
    private async Task<LoadedIssuer[]> LoadAsync(IReadOnlyList<IssuerSettings> settings, bool mayAsk, List<ISigner> known)
    {
        var all = new LoadedIssuer[settings.Count];
        int[][] groups = mayAsk && SecretPrompt.CanAsk ? [[.. Enumerable.Range(0, settings.Count)]] : LoadGroups.Split(settings); // people are asked one thing at a time
        await Task.WhenAll(groups.Select(group => Task.Factory.StartNew(() => Load(group), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ConfigureAwait(false);
        return all;

        void Load(int[] group)
        {
            foreach (int i in group)
            {
                all[i] = Reuse(settings[i]) ?? loader.Load(settings[i], mayAsk);
                all[i] = CrlKeys.Reuse(all[i], _issuers.Values) ?? loader.LoadCrlKey(all[i], mayAsk);
                lock (known)
                {
                    known.AddRange(all[i].Signers);
                }
            }
        }
    }

    /// <summary>What has not changed is not read again; an encrypted key would ask for its passphrase.</summary>
    private LoadedIssuer? Reuse(IssuerSettings wanted) => _issuers.Values.FirstOrDefault(
        issuer => issuer.Fault is null && issuer.KeyProblems.Count + issuer.AlternateFaults.Count == 0 && IssuerLoader.Fingerprint(wanted) == issuer.Files && LoadedSource.DescribeFiles(wanted) == issuer.SourceFiles) is { } same
        ? same with { Settings = wanted }
        : null;

    /// <summary>Another try that brings no more keys than before changes nothing: a new signer would sign everything anew.</summary>
    private LoadedIssuer KeepUnlessBetter(LoadedIssuer loaded, string key, List<ISigner> known)
    {
        if (loaded.Signer is null || _issuers.GetValueOrDefault(key) is not { Signer: { } signer } before || signer == loaded.Signer
            || before.Files != loaded.Files || before.Source?.Description != loaded.Source?.Description || before.Keys < loaded.Keys)
        {
            return loaded;
        }

        foreach (ISigner other in loaded.AnswerSigners)
        {
            known.Remove(other);
            other.Dispose();
        }

        return loaded with { Signer = signer, Alternates = before.Alternates, Keys = before.Keys };
    }

    /// <summary>What works now of a CA. One whose certificate cannot be read just now is known by the path alone.</summary>
    private LoadedIssuer? FindWorking(string key, IssuerSettings wanted) =>
        _issuers.TryGetValue(key, out LoadedIssuer? same) && same.Fault is null
            ? same
            : _issuers.Values.FirstOrDefault(issuer => issuer.Fault is null && issuer.Settings.Certificate == wanted.Certificate);

    private static void CheckReplacement(LoadedIssuer next, LoadedIssuer working, string section)
    {
        if (next.Fault is not null)
        {
            throw new ConfigurationException(Describe(next));
        }

        if (next.AlternateFaults.Count > working.AlternateFaults.Count)
        {
            throw new ConfigurationException(DescribeAlternate(next, next.AlternateFaults[0]));
        }

        // A source that is the same copes with a file that goes and comes.
        if (next.Source?.Description != working.Source?.Description && LoadedSource.FindFault(next.Settings) is { } fault)
        {
            throw new ConfigurationException($"{section}.{fault}");
        }
    }

    /// <summary>Finds out whether the responder would take the signers, before anything is changed.</summary>
    private LoadedIssuer Check(LoadedIssuer loaded)
    {
        if (loaded.Issuer is not { } issuer)
        {
            return loaded;
        }

        if (loaded.Signer is not null && FindFault(issuer, loaded.Signer) is { } fault)
        {
            loaded = loaded with { Signer = null, Fault = fault };
        }

        List<SignatureAlgorithm> algorithms = loaded.Signer is null ? [] : [loaded.Signer.Algorithm];
        foreach (ISigner alternate in loaded.Alternates)
        {
            string? problem = algorithms.Contains(alternate.Algorithm) ? $"'{alternate.Certificate.Subject}' signs with {alternate.Algorithm}, as another signer of this CA does." : FindFault(issuer, alternate);
            algorithms.Add(alternate.Algorithm);
            loaded = problem is null ? loaded : loaded with { Alternates = [.. loaded.Alternates.Where(other => other != alternate)], AlternateFaults = [.. loaded.AlternateFaults, problem] };
        }

        return loaded;
    }

    private string? FindFault(Issuer issuer, ISigner signer)
    {
        try
        {
            responder.CheckSigner(issuer, signer);
            return null;
        }
        catch (Exception e) when (e is SigningException or CryptographicException) // the latter: an extension that is no DER
        {
            return e.Message;
        }
    }

    /// <summary>Records each step once it is done: after a failure the next attempt goes on from there.</summary>
    private void Serve(string key, LoadedIssuer issuer)
    {
        LoadedIssuer? before = _issuers.GetValueOrDefault(key);
        if (issuer.Issuer is not null && before?.Issuer is null)
        {
            string fault = issuer.Fault ?? "no signer yet";
            responder.AddIssuer(issuer.Issuer, issuer.Source!.Source, fault);
            _issuers[key] = issuer with { Signer = null, Alternates = [], Fault = fault };
        }

        if (issuer.Issuer is not null && issuer.Signer is not null && issuer.Signer != before?.Signer)
        {
            responder.SetSigner(issuer.Issuer, issuer.Signer);
        }

        if (issuer.Issuer is not null)
        {
            responder.SetAlternateSigners(issuer.Issuer, issuer.Alternates);
        }

        _issuers[key] = issuer;
    }

    private static string Key(LoadedIssuer loaded) =>
        loaded.Issuer is { } issuer ? Convert.ToHexString(issuer.GetNameHash(CertIdHash.Sha256)) + Convert.ToHexString(issuer.GetKeyHash(CertIdHash.Sha256)) : loaded.Settings.Certificate;

    private static string DescribeAlternate(LoadedIssuer issuer, string fault) => $"{issuer.Issuer?.Name}: an alternate signer does not sign: {fault}";

    private static string Describe(LoadedIssuer issuer) => $"{issuer.Issuer?.Name ?? issuer.Settings.Certificate}: {issuer.Fault}";
}

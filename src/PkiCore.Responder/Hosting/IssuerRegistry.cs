using PkiCore.Responder.Configuration;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>
/// Keeps the responder's issuers as the configuration wants them. At start a CA with a fault does not stop the others; later, a configuration
/// under which something would stop that works now is refused as a whole. Used by one thread at a time.
/// </summary>
internal sealed class IssuerRegistry(OcspResponder responder, TimeProvider timeProvider)
{
    private Dictionary<string, LoadedIssuer> _issuers = [];

    /// <summary>CAs that cannot even be told apart from foreign ones, because their certificate is missing.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>Every CA that has a fault.</summary>
    public IReadOnlyList<string> Faults => [.. _issuers.Values.Where(issuer => issuer.Fault is not null).Select(Describe)];

    /// <summary>What the files of all CAs looked like when they were read.</summary>
    public string FileState => string.Concat(_issuers.Values.Select(issuer => issuer.Files));

    /// <summary>Brings the responder's issuers in line with the settings.</summary>
    /// <exception cref="ConfigurationException">A CA that works now would not; nothing has changed.</exception>
    public async Task ApplyAsync(IReadOnlyList<IssuerSettings> settings)
    {
        var next = new Dictionary<string, LoadedIssuer>();
        foreach (IssuerSettings wanted in settings)
        {
            LoadedIssuer loaded = Reuse(wanted) ?? IssuerLoader.Load(wanted);
            string key = Key(loaded);
            loaded = next.ContainsKey(key) ? throw new ConfigurationException($"'{wanted.Certificate}' is the same CA as another of the Issuers.") : Check(loaded);
            next.Add(key, loaded);
            if (loaded.Fault is not null && _issuers.TryGetValue(key, out LoadedIssuer? working) && working.Fault is null)
            {
                throw new ConfigurationException(Describe(loaded));
            }
        }

        foreach ((string key, LoadedIssuer issuer) in _issuers)
        {
            if (issuer.Issuer is not null && (!next.TryGetValue(key, out LoadedIssuer? kept) || kept.Settings.Index != issuer.Settings.Index))
            {
                await responder.RemoveIssuerAsync(issuer.Issuer).ConfigureAwait(false);
                _issuers.Remove(key);
            }
        }

        foreach ((string key, LoadedIssuer issuer) in next)
        {
            Serve(issuer, before: _issuers.GetValueOrDefault(key));
        }

        _issuers = next;
        Problems = [.. next.Values.Where(issuer => issuer.Issuer is null).Select(Describe)];
    }

    /// <summary>What has not changed is not read again; an encrypted key would ask for its passphrase.</summary>
    private LoadedIssuer? Reuse(IssuerSettings wanted) => _issuers.Values.FirstOrDefault(
        issuer => issuer.Fault is null && IssuerLoader.Fingerprint(wanted) == issuer.Files && wanted.Index == issuer.Settings.Index) is { } same
        ? same with { Settings = wanted }
        : null;

    /// <summary>Finds out whether the responder would take the signer, before anything is changed.</summary>
    private LoadedIssuer Check(LoadedIssuer loaded)
    {
        try
        {
            if (loaded.Issuer is not null && loaded.Signer is not null)
            {
                responder.CheckSigner(loaded.Issuer, loaded.Signer);
            }

            return loaded;
        }
        catch (SigningException e)
        {
            return loaded with { Signer = null, Fault = e.Message };
        }
    }

    private void Serve(LoadedIssuer issuer, LoadedIssuer? before)
    {
        if (issuer.Issuer is null)
        {
            return;
        }

        bool isNew = before?.Issuer is null;
        if (isNew)
        {
            responder.AddIssuer(issuer.Issuer, new OpenSslIndexSource(issuer.Settings.Index, timeProvider), issuer.Fault ?? "no signer yet");
        }

        if (issuer.Signer is not null && issuer.Signer != before?.Signer)
        {
            responder.SetSigner(issuer.Issuer, issuer.Signer);
        }
    }

    private static string Key(LoadedIssuer loaded) =>
        loaded.Issuer is { } issuer ? Convert.ToHexString(issuer.GetNameHash(CertIdHash.Sha256)) + Convert.ToHexString(issuer.GetKeyHash(CertIdHash.Sha256)) : loaded.Settings.Certificate;

    private static string Describe(LoadedIssuer issuer) => $"{issuer.Issuer?.Name ?? issuer.Settings.Certificate}: {issuer.Fault}";
}

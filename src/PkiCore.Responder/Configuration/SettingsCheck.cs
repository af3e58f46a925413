using System.Net;
using PkiCore.AspNetCore;
using PkiCore.Serving;

namespace PkiCore.Responder.Configuration;

/// <summary>Checks settings against each other and says everything that is wrong at once.</summary>
internal static class SettingsCheck
{
    /// <exception cref="ConfigurationException">Settings are missing or contradict each other.</exception>
    public static void Check(ResponderSettings settings, string origin)
    {
        var faults = new List<string>();
        CheckUrls(settings, faults);
        CheckIssuers(settings, faults);
        if (settings.Galera is { } galera)
        {
            GaleraSettingsCheck.Check(galera, faults);
        }

        CheckConnections(settings.Connections, faults);
        CheckRanges("Ocsp", settings.Ocsp.Check, faults);
        if (settings.Ocsp.SnapshotDirectory is { } directory && SnapshotFolder.FindFault(directory) is { } fault)
        {
            faults.Add($"Ocsp.SnapshotDirectory: {fault}");
        }

        CheckRanges("Http", settings.Http.Validate, faults);
        CheckRanges("Pkcs11", () => settings.Pkcs11.Validated(), faults);
        if (faults.Count > 0)
        {
            throw new ConfigurationException($"{origin}: {string.Join($"{Environment.NewLine}{origin}: ", faults)}");
        }
    }

    private static void CheckUrls(ResponderSettings settings, List<string> faults)
    {
        foreach (string url in settings.ListenUrls)
        {
            CheckUrl("Listen", url, faults);
        }

        if (settings.Management.Length > 0)
        {
            CheckUrl("Management", settings.Management, faults);
        }
    }

    /// <summary>OCSP is spoken over plain HTTP: it is signed, and TLS would need the answer it is there to give.</summary>
    private static void CheckUrl(string name, string url, List<string> faults)
    {
        try
        {
            Microsoft.AspNetCore.Http.BindingAddress address = Microsoft.AspNetCore.Http.BindingAddress.Parse(url);
            // Kestrel takes any other name for all addresses, which nobody means who writes one.
            bool isAddress = address.Host is "*" or "localhost" || IPAddress.TryParse(address.Host, out _);
            if (address.Scheme != "http" || address.PathBase.Length > 0 || !isAddress || address.Port is < 0 or > ushort.MaxValue)
            {
                faults.Add($"{name}: '{url}' has to be of the form http://ADDRESS:PORT; ADDRESS is an IP address, localhost, or * for all.");
            }
            else if (address is { Host: "localhost", Port: 0 })
            {
                faults.Add($"{name}: '{url}': the system cannot choose one port for both addresses of localhost; use 127.0.0.1 or [::1].");
            }
        }
        catch (FormatException)
        {
            faults.Add($"{name}: '{url}' has to be of the form http://ADDRESS:PORT; ADDRESS is an IP address, localhost, or * for all.");
        }
    }

    private static void CheckIssuers(ResponderSettings settings, List<string> faults)
    {
        List<IssuerSettings> issuers = settings.Issuers;
        if (issuers.Count == 0)
        {
            faults.Add("Issuers: name one CA at least, with Certificate, Index and Signer.");
        }

        for (int i = 0; i < issuers.Count; i++)
        {
            Require($"Issuers[{i}].Certificate", issuers[i].Certificate, "the CA's certificate");
            CheckSource(issuers[i], $"Issuers[{i}]");
            SignerSettingsCheck.Check(issuers[i].Signer, $"Issuers[{i}].Signer", faults);
            for (int j = 0; j < issuers[i].AlternateSigners.Count; j++)
            {
                SignerSettingsCheck.Check(issuers[i].AlternateSigners[j], $"Issuers[{i}].AlternateSigners[{j}]", faults);
            }

            if (issuers[i].Crl is { } crl)
            {
                CrlSettingsCheck.Check(crl, $"Issuers[{i}].Crl", settings.Ocsp.MaxSourceAge, faults);
                CrlSettingsCheck.CheckDistribution(crl, $"Issuers[{i}].Crl", settings.Galera, faults);
            }
        }

        CrlSettingsCheck.CheckTogether(issuers, faults);

        void CheckSource(IssuerSettings issuer, string name)
        {
            string[] sources = [.. new[] { issuer.Index.Length > 0 ? "Index" : null, issuer.CrlSource is null ? null : "CrlSource", issuer.Galera ? "Galera" : null }.OfType<string>()];
            if (sources.Length > 1)
            {
                faults.Add($"{name}: has both {string.Join(" and ", sources)}; one of them has to say what is revoked.");
            }

            if (sources.Length == 0)
            {
                Require($"{name}.Index", issuer.Index, "the index.txt of openssl ca, or CRLs with CrlSource, or a cluster with Galera");
            }

            if (issuer.CrlSource is { } source)
            {
                CrlSettingsCheck.Check(source, $"{name}.CrlSource", faults);
            }

            if (issuer.Galera && settings.Galera?.Edge is null)
            {
                faults.Add($"{name}.Galera: needs the section Galera, with Nodes and the user Edge.");
            }
        }

        void Require(string name, string value, string what)
        {
            if (value.Length == 0)
            {
                faults.Add($"{name}: is missing; name {what}.");
            }

            SignerSettingsCheck.CheckCharacters(name, value, faults);
        }
    }

    private static void CheckConnections(ConnectionSettings connections, List<string> faults)
    {
        AddIf(connections.MaxConnections < 1, "MaxConnections", "has to be 1 or more");
        AddIf(connections.KeepAliveTimeout <= TimeSpan.Zero, "KeepAliveTimeout", "has to be positive");
        AddIf(connections.RequestHeadersTimeout <= TimeSpan.Zero, "RequestHeadersTimeout", "has to be positive");
        AddIf(connections.ShutdownTimeout < TimeSpan.Zero, "ShutdownTimeout", "cannot be negative");

        void AddIf(bool wrong, string name, string rule)
        {
            if (wrong)
            {
                faults.Add($"Connections.{name}: {rule}.");
            }
        }
    }

    public static void CheckRanges(string section, Action check, List<string> faults)
    {
        try
        {
            check();
        }
        catch (ArgumentException e)
        {
            faults.Add($"{section}.{e.Message.Split(" (Parameter ")[0]}");
        }
    }
}

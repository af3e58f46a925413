using System.Globalization;
using System.Numerics;
using System.Runtime.Versioning;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary>What <c>crl build</c> was told, but for the CA and its key.</summary>
internal sealed record CrlBuildSettings
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    public required string Directory { get; init; }

    /// <summary>Whether delta CRLs are wanted, in place of complete ones.</summary>
    public bool IsDelta { get; init; }

    /// <summary>nextUpdate - thisUpdate; zero for the default.</summary>
    public TimeSpan Validity { get; init; }

    /// <summary>How many shards; 0 for one CRL about all certificates.</summary>
    public int Shards { get; init; }

    /// <summary>What the certificates' distribution points say; of shards with <c>{0}</c> for the number.</summary>
    public string? Uri { get; init; }

    /// <summary>Where delta CRLs are found, like <see cref="Uri"/>.</summary>
    public string? FreshestUri { get; init; }

    /// <summary>No CRL number is less.</summary>
    public BigInteger? LeastNumber { get; init; }

    public bool IsBaseline { get; init; }

    /// <summary>Makes the publisher's settings.</summary>
    /// <exception cref="ConfigurationException">The URIs cannot be used.</exception>
    [UnsupportedOSPlatform("windows")]
    public CrlPublisherOptions ToOptions()
    {
        IReadOnlyList<CrlScope> scopes = CreateScopes();
        TimeSpan validity = Validity != TimeSpan.Zero ? Validity : IsDelta ? s_day : 4 * s_day;
        TimeSpan complete = IsDelta ? 4 * s_day : validity; // whichever is not issued now only has to be in order
        TimeSpan delta = IsDelta ? validity : FindDeltaValidity(scopes) ?? validity;
        return new CrlPublisherOptions
        {
            Directory = Directory,
            Scopes = scopes,
            Validity = complete,
            Interval = complete / 2 < s_day ? complete / 2 : s_day, // nobody's: the caller has the timer
            PublishAfterChange = TimeSpan.Zero, // likewise
            DeltaValidity = delta,
            DeltaInterval = delta / 2, // always there: what changes after a complete CRL is kept, should a delta CRL be wanted later
            BaselineRequirements = IsBaseline,
            NumberSource = LeastNumber is { } least ? new LeastCrlNumber(new FileCrlNumberSource(Path.Combine(Directory, "number")), least) : null,
        };
    }

    private IReadOnlyList<CrlScope> CreateScopes()
    {
        if (Shards > 0)
        {
            return Uri is null ? throw new ConfigurationException("--shards: takes --uri too, with {0} for the number of the shard: certificates name their shard's CRL by it.")
                : CrlScope.Shards(Shards, shard => Format("--uri", Uri, shard), FreshestUri is null ? null : shard => Format("--freshest", FreshestUri, shard));
        }

        return
        [
            new CrlScope("ca")
            {
                DistributionPoint = Uri is null ? null : new IssuingDistributionPoint { Uris = [Format("--uri", Uri, shard: null)] },
                FreshestCrl = FreshestUri is null ? [] : [Format("--freshest", FreshestUri, shard: null)],
            },
        ];
    }

    /// <summary>Delta CRLs that are there are renewed with complete ones, and hold as long as they did.</summary>
    [UnsupportedOSPlatform("windows")]
    private TimeSpan? FindDeltaValidity(IReadOnlyList<CrlScope> scopes)
    {
        foreach (CrlScope scope in scopes)
        {
            try
            {
                using CrlReader crl = CrlReader.Open(Path.Combine(Directory, PublishingDirectory.CurrentName, scope.DeltaFileName));
                return crl.NextUpdate - crl.ThisUpdate;
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                // it is not there; or what is wrong with it is said when it is replaced
            }
        }

        return null;
    }

    private static string Format(string option, string pattern, int? shard)
    {
        string uri;
        try
        {
            uri = shard is null ? pattern : string.Format(CultureInfo.InvariantCulture, pattern, shard);
        }
        catch (FormatException e)
        {
            throw new ConfigurationException($"{option}: '{pattern}' cannot be read: {{0}} stands for the number of the shard, {{0:000}} for three digits of it.", e);
        }

        return shard is not null && uri == pattern ? throw new ConfigurationException($"{option}: '{pattern}' is the same for all shards: put {{0}} where the number of the shard belongs.")
            : System.Uri.IsWellFormedUriString(uri, UriKind.Absolute) && uri.All(char.IsAscii) ? uri
            : throw new ConfigurationException($"{option}: '{uri}' is no absolute URI.");
    }
}

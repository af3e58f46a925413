using System.Globalization;
using PkiCore.Crl;

namespace PkiCore.Responder.Configuration;

/// <summary>Makes the publisher's options of settings.</summary>
internal static class CrlPlan
{
    /// <exception cref="FormatException">A URI of the shards cannot be filled in.</exception>
    public static CrlPublisherOptions ToOptions(CrlSettings settings, TimeSpan maxSourceAge) => new()
    {
        Directory = settings.PublishedDirectory,
        Scopes = ToScopes(settings),
        Interval = settings.Interval,
        Validity = settings.Validity,
        PublishAfterChange = settings.PublishAfterChange,
        DeltaInterval = settings.DeltaInterval,
        DeltaValidity = settings.DeltaValidity,
        PublishDeltaAfterChange = settings.PublishDeltaAfterChange,
        CaIssuers = settings.CaIssuers,
        KeepExpiredSince = settings.KeepExpiredSince,
        BaselineRequirements = settings.BaselineRequirements,
        MaxUnexplainedLoss = settings.MaxUnexplainedLoss,
        MaxSourceAge = maxSourceAge,
    };

    /// <summary>The URI of one shard.</summary>
    public static string Fill(string pattern, int shard) => string.Format(CultureInfo.InvariantCulture, pattern, shard);

    private static IReadOnlyList<CrlScope> ToScopes(CrlSettings settings)
    {
        if (settings.Shards is not { } shards)
        {
            bool hasPoint = settings.Uri.Length > 0 || settings.OnlyContainsUserCerts || settings.OnlyContainsCACerts;
            return
            [
                new CrlScope("ca")
                {
                    DistributionPoint = hasPoint ? ToPoint(settings, settings.Uri.Length > 0 ? [settings.Uri] : []) : null,
                    FreshestCrl = settings.FreshestUri.Length > 0 ? [settings.FreshestUri] : [],
                },
            ];
        }

        IReadOnlyList<CrlScope> scopes = CrlScope.Shards(
            shards.Count, shard => Fill(shards.Uri, shard), shards.DeltaUri.Length > 0 ? shard => Fill(shards.DeltaUri, shard) : null);
        return [.. scopes.Select(scope => scope with { DistributionPoint = ToPoint(settings, scope.DistributionPoint!.Uris) })];
    }

    private static IssuingDistributionPoint ToPoint(CrlSettings settings, IReadOnlyList<string> uris) =>
        new() { Uris = uris, OnlyContainsUserCerts = settings.OnlyContainsUserCerts, OnlyContainsCACerts = settings.OnlyContainsCACerts };
}

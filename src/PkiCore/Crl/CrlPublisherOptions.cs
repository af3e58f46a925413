using System.Runtime.CompilerServices;
using System.Text;
using PkiCore.Crl.State;

namespace PkiCore.Crl;

/// <summary>Settings of a <see cref="CrlPublisher"/>. They are copied when the publisher is made.</summary>
public sealed class CrlPublisherOptions
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    /// <summary>A CRL that is begun after a day is published after more than that.</summary>
    private static readonly TimeSpan s_almostADay = TimeSpan.FromHours(23);

    /// <summary>The folder that the CRLs are published in: <c>current</c> in it holds what a server serves. One publisher writes there.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The CRLs. Default: one, <c>ca.crl</c>, about all certificates.</summary>
    public IReadOnlyList<CrlScope> Scopes { get; set; } = [new CrlScope("ca")];

    /// <summary>How often a complete CRL is issued, changed or not. Default 1 day.</summary>
    public TimeSpan Interval { get; set; } = s_day;

    /// <summary>nextUpdate - thisUpdate of a complete CRL. What it is longer than <see cref="Interval"/> is the time there is to mend what keeps CRLs from being issued. Default 4 days.</summary>
    public TimeSpan Validity { get; set; } = 4 * s_day;

    /// <summary>How long after a change a complete CRL that tells of it is issued at the latest, all changes until then together; zero: at once.
    /// Default, <see langword="null"/>: with the next <see cref="Interval"/>.</summary>
    public TimeSpan? PublishAfterChange { get; set; }

    /// <summary>How often a delta CRL is issued. Default, <see langword="null"/>: there are none.</summary>
    public TimeSpan? DeltaInterval { get; set; }

    /// <summary>nextUpdate - thisUpdate of a delta CRL. Default, <see langword="null"/>: four times <see cref="DeltaInterval"/>.</summary>
    public TimeSpan? DeltaValidity { get; set; }

    /// <summary>Like <see cref="PublishAfterChange"/>, for delta CRLs.</summary>
    public TimeSpan? PublishDeltaAfterChange { get; set; }

    /// <summary>Where the issuer's certificate is found, for the CRLs' authority information access.</summary>
    public IReadOnlyList<string> CaIssuers { get; set; } = [];

    /// <summary>Other names of the issuer: GeneralNames in DER.</summary>
    public ReadOnlyMemory<byte>? IssuerAltName { get; set; }

    /// <summary>Certificates that expired since then stay on the CRLs, which say so (expiredCertsOnCRL). Default, <see langword="null"/>: they leave once they have
    /// been on a complete CRL that was issued at its interval after they expired.</summary>
    public DateTimeOffset? KeepExpiredSince { get; set; }

    /// <summary>The part of its entries, 0 to 1, that a CRL may lose against the one before without a reason (a release, an expiry) before it is refused. Default 0.1.</summary>
    public double MaxUnexplainedLoss { get; set; } = 0.1;

    /// <summary>How old the last complete reading of a source may be for a CRL to be issued. Default 15 minutes.</summary>
    public TimeSpan MaxSourceAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a signature may take. Default 30 s.</summary>
    public TimeSpan SigningTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the CA/Browser Forum's rules count too: for the settings, and for each CRL before it is signed. Default false.</summary>
    public bool BaselineRequirements { get; set; }

    /// <summary>Where the CRL numbers come from. Default, <see langword="null"/>: a file in <see cref="Directory"/>.</summary>
    public ICrlNumberSource? NumberSource { get; set; }

    internal bool HasDeltas => DeltaInterval is not null;

    internal TimeSpan ActualDeltaValidity => DeltaValidity ?? (4 * DeltaInterval!.Value);

    /// <summary>Checks the settings and copies them.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or contradicts another; the message names it.</exception>
    internal CrlPublisherOptions Validated()
    {
        Check(Directory.Length > 0, Directory, "has to name a folder");
        Check(Interval > TimeSpan.Zero, Interval, "has to be positive");
        Check(Validity > Interval, Validity, "has to be longer than Interval: the next CRL has to be there before the last one ends"); // CF-7
        Check(PublishAfterChange is null || PublishAfterChange >= TimeSpan.Zero, PublishAfterChange, "cannot be negative");
        Check(DeltaInterval is null || DeltaInterval > TimeSpan.Zero, DeltaInterval, "has to be positive");
        Check(DeltaInterval is not null || (DeltaValidity is null && PublishDeltaAfterChange is null), DeltaInterval, "is missing, and DeltaValidity or PublishDeltaAfterChange is there");
        Check(DeltaInterval is null || ActualDeltaValidity > DeltaInterval, DeltaValidity, "has to be longer than DeltaInterval");
        Check(PublishDeltaAfterChange is null || PublishDeltaAfterChange >= TimeSpan.Zero, PublishDeltaAfterChange, "cannot be negative");
        Check(MaxUnexplainedLoss is >= 0 and <= 1, MaxUnexplainedLoss, "has to be 0 to 1");
        Check(MaxSourceAge > TimeSpan.Zero, MaxSourceAge, "has to be positive");
        Check(SigningTimeout > TimeSpan.Zero, SigningTimeout, "has to be positive");
        _ = new ScopeSet(Scopes);
        foreach (string uri in (IEnumerable<string>)[.. CaIssuers, .. Scopes.SelectMany(scope => scope.FreshestCrl), .. Scopes.SelectMany(scope => scope.DistributionPoint?.Uris ?? [])])
        {
            Check(Ascii.IsValid(uri) && Uri.TryCreate(uri, UriKind.Absolute, out _), uri, "has to be a URI in ASCII", "A URI");
        }

        if (BaselineRequirements)
        {
            CheckBaselineRequirements();
        }

        return (CrlPublisherOptions)MemberwiseClone();
    }

    private void CheckBaselineRequirements()
    {
        bool isForCAsOnly = Scopes.All(scope => scope.DistributionPoint?.OnlyContainsCACerts == true);
        TimeSpan longest = isForCAsOnly ? 365 * s_day : 10 * s_day;
        Check(Validity <= longest, Validity, $"is at most {longest.TotalDays:0} days by the Baseline Requirements 7.2"); // BR-3, MZ-1
        Check(DeltaInterval is null || ActualDeltaValidity <= longest, DeltaValidity, $"is at most {longest.TotalDays:0} days by the Baseline Requirements 7.2");
        Check(Interval <= (isForCAsOnly ? longest : 4 * s_day), Interval, "is at most 4 days, or 12 months for CA certificates, by the Baseline Requirements 4.9.7"); // BR-2, MZ-1
        Check(Interval <= s_almostADay || PublishAfterChange <= s_almostADay, PublishAfterChange, "has to be at most 23 hours, or Interval has: the Baseline Requirements 4.9.7 want a revocation published within 24 hours"); // BR-2
        Check(!Scopes.Any(scope => scope.IsIndirect), Scopes.Count, "have an indirect CRL among them, which the Baseline Requirements 7.2 forbid", nameof(Scopes)); // BR-5
    }

    private static void Check<T>(bool holds, T value, string rule, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!holds)
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} {rule}; it is {(object?)value ?? "not set"}."), name);
        }
    }
}

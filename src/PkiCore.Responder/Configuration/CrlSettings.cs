using PkiCore.Crl.Following;
using PkiCore.Crl;

namespace PkiCore.Responder.Configuration;

/// <summary>The CRLs that are published of a CA. docs/configuration.md describes every setting; what is not named here is as in <see cref="CrlPublisherOptions"/>.</summary>
internal sealed class CrlSettings : KeySettings
{
    private static readonly CrlPublisherOptions s_defaults = new();

    public string Directory { get; set; } = "";

    /// <summary>Where the CRLs are served beside OCSP: <c>PATH/NAME.crl</c>.</summary>
    public string Path { get; set; } = "/crl";

    public TimeSpan Interval { get; set; } = s_defaults.Interval;

    public TimeSpan Validity { get; set; } = s_defaults.Validity;

    public TimeSpan? PublishAfterChange { get; set; }

    public TimeSpan? DeltaInterval { get; set; }

    public TimeSpan? DeltaValidity { get; set; }

    public TimeSpan? PublishDeltaAfterChange { get; set; }

    /// <summary>What the certificates' distribution points say, for the CRL to repeat it.</summary>
    public string Uri { get; set; } = "";

    /// <summary>Where the delta CRLs are found.</summary>
    public string FreshestUri { get; set; } = "";

    public CrlShardSettings? Shards { get; set; }

    public bool OnlyContainsUserCerts { get; set; }

    public bool OnlyContainsCACerts { get; set; }

    public List<string> CaIssuers { get; set; } = [];

    public DateTimeOffset? KeepExpiredSince { get; set; }

    public bool BaselineRequirements { get; set; }

    public double MaxUnexplainedLoss { get; set; } = s_defaults.MaxUnexplainedLoss;

    /// <summary>How the CRLs get to other hosts: over the database by <see cref="Publish"/> or <see cref="Receive"/>; empty: not at all.</summary>
    public string Distribution { get; set; } = "";

    /// <summary>Where others find what this host publishes, for CRLs that are too large for the database: up to and with <see cref="PublishedPrefix"/>.</summary>
    public string PublishedUri { get; set; } = "";

    /// <summary>Where requests find the CRLs: without a slash at the end.</summary>
    public string Prefix => Path.TrimEnd('/');

    /// <summary>Where requests find what this host publishes, whether it is distributed already or not.</summary>
    public string PublishedPrefix => Prefix + "/published";

    /// <summary>Contends for the lease of the publisher; serves what the one who has it has published.</summary>
    public const string Publish = "publish";

    /// <summary>Only serves what others publish.</summary>
    public const string Receive = "receive";

    public bool IsDistributed => Distribution.Length > 0;

    /// <summary>Whether CRLs are signed here.</summary>
    public bool IsSigned => Distribution != Receive;

    /// <summary>The folder that a publisher works in.</summary>
    public string PublishedDirectory => IsDistributed ? System.IO.Path.Combine(Directory, "published") : Directory;

    /// <summary>The folder that is served.</summary>
    public string ServedDirectory => IsDistributed ? System.IO.Path.Combine(Directory, "served") : Directory;
}

/// <summary>One CRL for each part of the certificates, instead of one for all.</summary>
internal sealed class CrlShardSettings
{
    public int Count { get; set; }

    /// <summary>Where each is found, with <c>{0}</c> or <c>{0:000}</c> for its number.</summary>
    public string Uri { get; set; } = "";

    /// <summary>Where its delta CRLs are found.</summary>
    public string DeltaUri { get; set; } = "";
}

/// <summary>CRLs of others that say what is revoked.</summary>
internal sealed class CrlSourceSettings
{
    /// <summary>A file, or a directory of <c>*.crl</c>.</summary>
    public string Path { get; set; } = "";

    /// <summary>Certificates of others whose CRLs are believed.</summary>
    public List<string> CrlIssuers { get; set; } = [];

    /// <summary>A file with the serial numbers that were issued.</summary>
    public string IssuedSerials { get; set; } = "";

    /// <summary>Whether a certificate that is on no CRL is good, issued or not.</summary>
    public bool UnlistedAreGood { get; set; }
}

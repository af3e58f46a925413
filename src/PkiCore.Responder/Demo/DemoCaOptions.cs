namespace PkiCore.Responder.Demo;

/// <summary>How a demonstration CA is made. A CA that exists already keeps its keys; only the URL and validity count for it.</summary>
internal sealed record DemoCaOptions
{
    public string CaName { get; init; } = "PkiCore Demo CA";

    public DemoKeyType CaKeyType { get; init; } = DemoKeyType.EcdsaP256;

    public DemoKeyType ResponderKeyType { get; init; } = DemoKeyType.EcdsaP256;

    /// <summary>The OCSP address in the authorityInfoAccess extension of each certificate.</summary>
    public string OcspUrl { get; init; } = "http://127.0.0.1:8080/";

    /// <summary>The CRL that each certificate names.</summary>
    public string CrlUrl => OcspUrl.TrimEnd('/') + "/crl/ca.crl";

    /// <summary>The delta CRL that each certificate names.</summary>
    public string DeltaCrlUrl => OcspUrl.TrimEnd('/') + "/crl/ca-delta.crl";

    public TimeSpan CaValidity { get; init; } = TimeSpan.FromDays(3652);

    public TimeSpan ResponderValidity { get; init; } = TimeSpan.FromDays(730);

    public TimeSpan LeafValidity { get; init; } = TimeSpan.FromDays(365);
}

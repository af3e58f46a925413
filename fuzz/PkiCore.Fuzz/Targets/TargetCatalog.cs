using PkiCore.Fuzz.Commands;
using PkiCore.Fuzz.Mutation;

namespace PkiCore.Fuzz.Targets;

internal static class TargetCatalog
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("der-reader", DerReaderTarget.Fuzz, new TlvMutator(),
            ["src/PkiCore/Asn1/DerReader.cs", "src/PkiCore/Asn1/DerReader.Types.cs", "src/PkiCore/Asn1/DerTime.cs"]),
        new("ocsp-request", OcspRequestTarget.Fuzz, new TlvMutator(),
            ["src/PkiCore/Ocsp/OcspRequest.cs", "src/PkiCore/Ocsp/OcspRequestExtensions.cs", "src/PkiCore/Ocsp/OcspExtensions.cs",
                "src/PkiCore/Ocsp/PreferredSignatureAlgorithms.cs", "src/PkiCore/Ocsp/CertId.cs", "src/PkiCore/X509/CertIdHash.cs"]),
        new("ocsp-response", OcspResponseTarget.Fuzz, new TlvMutator(),
            ["src/PkiCore/Ocsp/OcspResponse.cs", "src/PkiCore/Ocsp/OcspSingleResponse.cs", "src/PkiCore/Ocsp/OcspExtensions.cs",
                "src/PkiCore/Ocsp/CertId.cs"]),
        new("crl", CrlTarget.Fuzz, new TlvMutator(),
            ["src/PkiCore/Crl/Reading/CrlFrame.cs", "src/PkiCore/Crl/Reading/CrlExtensions.cs", "src/PkiCore/Crl/Reading/CrlEntryFields.cs", "src/PkiCore/Crl/Reading/CrlEntryParser.cs",
                "src/PkiCore/Crl/IssuingDistributionPoint.cs", "src/PkiCore/Crl/Reading/DistributionPointName.cs", "src/PkiCore/X509/GeneralNames.cs",
                "src/PkiCore/X509/DistinguishedName.cs", "src/PkiCore/X509/ExtensionReader.cs"]),
        new("serial-number", SerialNumberTarget.Fuzz, new TextMutator(), ["src/PkiCore/X509/SerialNumber.cs"]),
        new("index-line", IndexLineTarget.Fuzz, new TextMutator(), ["src/PkiCore/Status/OpenSslIndexLine.cs"]),
        new("get-request-target", GetRequestTargetTarget.Fuzz, new UrlMutator(), ["src/PkiCore.AspNetCore/GetRequestTarget.cs"]),
    ];

    public static FuzzTarget Find(string name) =>
        All.FirstOrDefault(target => target.Name == name)
        ?? throw new UsageException($"There is no target {name}. Targets: {string.Join(", ", All)}.");

    /// <summary>
    /// Called by reflection on the copy of this assembly that runs beside the instrumented assemblies; so only framework types go
    /// in and out.
    /// </summary>
    public static Func<byte[], bool> Bind(string name)
    {
        FuzzFunction function = Find(name).Function;
        return input => function(input);
    }
}

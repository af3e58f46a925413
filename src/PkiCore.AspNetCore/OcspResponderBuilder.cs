using Microsoft.Extensions.DependencyInjection;
using PkiCore.AspNetCore;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Says what the application's responder answers for.</summary>
public sealed class OcspResponderBuilder
{
    internal OcspResponderBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Answers for a CA kept as files.</summary>
    /// <param name="certificatePath">The CA's certificate, PEM or DER.</param>
    /// <param name="signerCertificatePath">The certificate that signs answers: one the CA issued for OCSP signing, or its own.</param>
    /// <param name="signerKeyPath">The private key of that, PEM, not encrypted.</param>
    /// <param name="indexPath">The <c>index.txt</c> of <c>openssl ca</c>.</param>
    public OcspResponderBuilder AddIssuer(string certificatePath, string signerCertificatePath, string signerKeyPath, string indexPath) =>
        Configure((services, responder) => responder.AddIssuer(
            Issuer.FromPemFile(certificatePath),
            SoftwareSigner.FromPemFiles(signerCertificatePath, signerKeyPath),
            new OpenSslIndexSource(indexPath, services.GetService<TimeProvider>())));

    /// <summary>Does anything with the responder before it starts, such as adding issuers with signers and sources of other kinds.</summary>
    public OcspResponderBuilder Configure(Action<IServiceProvider, OcspResponder> configure)
    {
        Services.AddSingleton(new OcspResponderSetup(configure));
        return this;
    }

    /// <summary>Changes the settings of OCSP over HTTP.</summary>
    public OcspResponderBuilder ConfigureHttp(Action<OcspHttpOptions> configure)
    {
        Services.Configure(configure);
        return this;
    }
}

internal sealed record OcspResponderSetup(Action<IServiceProvider, OcspResponder> Apply);

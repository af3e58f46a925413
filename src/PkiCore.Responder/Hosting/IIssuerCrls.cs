using PkiCore.Crl;
using PkiCore.Signing;

namespace PkiCore.Responder.Hosting;

/// <summary>The CRLs of one CA, from their start in the background to their end. What is there already is served without it.</summary>
internal interface IIssuerCrls : IAsyncDisposable
{
    CrlWork Work { get; }

    /// <summary>Why it does not do its work; <see langword="null"/> while it does, or is about to.</summary>
    string? Fault { get; }

    CrlHealth GetHealth();

    /// <summary>Takes a key into use that was loaded anew.</summary>
    void SetSigner(ISigner signer);
}

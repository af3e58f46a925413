using PkiCore.Signing;

namespace PkiCore.Responder.Hosting;

/// <summary>What became of the keys of a CA.</summary>
/// <param name="Signer">The signer; <see langword="null"/> when no key can be used.</param>
/// <param name="Keys">How many keys it uses.</param>
/// <param name="Problems">Why the others are not used.</param>
/// <param name="IsPinRefused">Whether a token refused a PIN: each further try, by this process or the next, may lock the token.</param>
internal sealed record LoadedSigner(ISigner? Signer, int Keys, IReadOnlyList<string> Problems, bool IsPinRefused)
{
    /// <summary>Whether a token does not answer: it may once its call comes back, without anybody changing anything.</summary>
    public bool IsHanging { get; init; }
}

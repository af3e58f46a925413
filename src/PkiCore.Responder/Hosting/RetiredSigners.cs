using PkiCore.Signing;

namespace PkiCore.Responder.Hosting;

/// <summary>Signers that are not used any more. They are disposed after a while, for a signature that was being made ends with the old one. Used by one thread at a time.</summary>
internal sealed class RetiredSigners(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(1);

    private readonly List<(ISigner Signer, long Since)> _signers = [];

    public void Add(IEnumerable<ISigner> signers) => _signers.AddRange(signers.Select(signer => (signer, timeProvider.GetTimestamp())));

    public void DisposeOld() => Dispose(entry => timeProvider.GetElapsedTime(entry.Since) >= s_grace);

    public void DisposeAll() => Dispose(_ => true);

    private void Dispose(Predicate<(ISigner Signer, long Since)> isDue)
    {
        foreach ((ISigner signer, _) in _signers.FindAll(isDue))
        {
            signer.Dispose();
        }

        _signers.RemoveAll(isDue);
    }
}

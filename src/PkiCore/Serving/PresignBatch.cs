using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// The certificates that one presigner thread has taken, and how far it has come. It is the thread's alone; when the thread is written off in a
/// call of the signer, it is whoever wrote it off who finishes it, and the thread does not touch it again.
/// </summary>
internal sealed class PresignBatch
{
    private readonly List<SerialNumber> _serials;
    private readonly PresignPriority _priority;
    private int _next; // what comes before has been dealt with
    private int _kept; // so many of that, at the front, were not signed

    private PresignBatch(List<SerialNumber> serials, PresignPriority priority) => (_serials, _priority) = (serials, priority);

    /// <summary>How many certificates there are.</summary>
    public int Count => _serials.Count;

    /// <summary>Whether each was signed, or need not be.</summary>
    public bool IsDone => _kept == 0 && _next == _serials.Count;

    /// <summary>The signer; <see langword="null"/> when nothing could be signed.</summary>
    public ResponderIdentity? Identity { get; private set; }

    /// <summary>What the signatures have in common; <see langword="null"/> when nothing could be signed.</summary>
    public SigningBatch? Signing { get; private set; }

    /// <summary>How many signatures were made.</summary>
    public int SignatureCount { get; set; }

    public static PresignBatch Take(PresignQueue queue, int maxCount)
    {
        var serials = new List<SerialNumber>();
        PresignPriority priority = queue.TakeTo(serials, maxCount);
        return new PresignBatch(serials, priority);
    }

    public void Begin(ResponderIdentity identity, SigningBatch signing) => (Identity, Signing) = (identity, signing);

    public bool TryGetNext(out SerialNumber serial)
    {
        bool found = _next < _serials.Count;
        serial = found ? _serials[_next] : default;
        return found;
    }

    /// <summary>The next certificate is dealt with.</summary>
    public void Drop() => _next++;

    /// <summary>The next certificate cannot be signed now.</summary>
    public void Keep() => _serials[_kept++] = _serials[_next++];

    /// <summary>Queues again what was not signed.</summary>
    public void Requeue(PresignQueue queue)
    {
        for (int i = 0; i < _kept; i++)
        {
            queue.Add(_serials[i], _priority);
        }

        for (int i = _next; i < _serials.Count; i++)
        {
            queue.Add(_serials[i], _priority);
        }
    }
}

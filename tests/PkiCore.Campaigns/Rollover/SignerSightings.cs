using PkiCore.Campaigns.Asking;

namespace PkiCore.Campaigns.Rollover;

/// <summary>Which signer signed what was answered. Safe for use from several threads.</summary>
internal sealed class SignerSightings
{
    private readonly List<string> _signers = []; // in the order of their installation
    private readonly Dictionary<string, long> _answers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _newest = -1;
    private DateTimeOffset _newestSince = DateTimeOffset.MaxValue;

    /// <summary>How many signers were seen.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _answers.Count;
            }
        }
    }

    /// <summary>How many answers did not come from the newest signer although it was in use: those signed ahead by an earlier one.</summary>
    public long Coexisting { get; private set; }

    /// <summary>From now on this signer may sign.</summary>
    public void Expect(string signer)
    {
        lock (_lock)
        {
            _signers.Add(signer);
        }
    }

    public bool IsSeen(string signer)
    {
        lock (_lock)
        {
            return _answers.ContainsKey(signer);
        }
    }

    /// <summary>Takes note of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="isLive">Whether it was signed on demand.</param>
    /// <returns><see langword="null"/>, or why it cannot be this signer's.</returns>
    public string? Add(Answer answer, bool isLive)
    {
        lock (_lock)
        {
            int index = _signers.IndexOf(answer.Signer);
            if (index < 0)
            {
                return $"the signer {answer.Signer} was never installed";
            }

            _answers[answer.Signer] = _answers.GetValueOrDefault(answer.Signer) + 1;
            bool isEarlier = index < _newest && answer.Sent > _newestSince;
            Coexisting += isEarlier ? 1 : 0;
            if (index > _newest)
            {
                _newest = index;
                _newestSince = answer.Received;
            }

            return isEarlier && isLive ? $"the signer {answer.Signer} signed on demand after its successor had been in use since {_newestSince:O}" : null;
        }
    }
}

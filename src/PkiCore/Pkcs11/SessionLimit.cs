namespace PkiCore.Pkcs11;

/// <summary>How many sessions the token itself allows, as far as it has shown. The pool's lock guards it.</summary>
internal sealed class SessionLimit(TimeProvider time)
{
    /// <summary>How long it is believed: other applications may close their sessions.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(30);

    private int _limit = int.MaxValue;
    private int _told = int.MaxValue;
    private long _learnedAt;

    /// <summary>Whether one more may be opened beside these.</summary>
    public bool Allows(int open)
    {
        if (_limit != int.MaxValue && time.GetElapsedTime(_learnedAt) >= s_memory)
        {
            _limit = int.MaxValue;
        }

        return open < _limit;
    }

    /// <summary>The token refused one more.</summary>
    public void Learn(int open)
    {
        _limit = Math.Max(open, 1);
        _learnedAt = time.GetTimestamp();
    }

    /// <summary>The limit, if it is known and is not what it was when this was asked last.</summary>
    public int? TakeNews()
    {
        bool isNew = _limit != int.MaxValue && _limit != _told;
        _told = isNew ? _limit : _told;
        return isNew ? _limit : null;
    }
}

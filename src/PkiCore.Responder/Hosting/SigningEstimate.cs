namespace PkiCore.Responder.Hosting;

/// <summary>How fast answers are signed, and how long the rest will take. Used by one thread.</summary>
internal sealed class SigningEstimate
{
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(10);

    /// <summary>Over so much of the past the rate is taken: long enough to be steady, short enough to follow a token that comes or goes.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _timeProvider;
    private readonly long _begunAt;
    private readonly Queue<(long At, int Waiting)> _past = new();
    private (long At, int Tenth) _line;
    private int _waiting;

    public SigningEstimate(int certificates, int waiting, TimeProvider timeProvider)
    {
        (Certificates, _waiting, _timeProvider) = (certificates, waiting, timeProvider);
        _begunAt = timeProvider.GetTimestamp();
        _past.Enqueue((_begunAt, waiting));
        _line = (_begunAt, Tenth);
    }

    public int Certificates { get; private set; }

    public int Signed => Certificates - _waiting;

    public TimeSpan Elapsed => _timeProvider.GetElapsedTime(_begunAt);

    /// <summary>Certificates in a second; 0 before anything is known.</summary>
    public double Rate { get; private set; }

    private int Tenth => Certificates == 0 ? 10 : (int)(10L * Signed / Certificates);

    public void Update(int certificates, int waiting)
    {
        (Certificates, _waiting) = (certificates, waiting);
        _past.Enqueue((_timeProvider.GetTimestamp(), waiting));
        while (_past.Count > 2 && _timeProvider.GetElapsedTime(_past.Peek().At) > s_window)
        {
            _past.Dequeue();
        }

        (long at, int before) = _past.Peek();
        double seconds = _timeProvider.GetElapsedTime(at).TotalSeconds;
        Rate = seconds > 0 ? Math.Max(0, (before - waiting) / seconds) : 0; // more may have come than was signed
    }

    /// <summary>How long the rest will take, in words.</summary>
    public string DescribeRest()
    {
        double seconds = Rate > 0 ? _waiting / Rate : double.PositiveInfinity;
        return double.IsInfinity(seconds) ? "nothing is signed at the moment"
            : seconds < 60 ? FormattableString.Invariant($"{Math.Ceiling(seconds):0} s left")
            : seconds < 5400 ? FormattableString.Invariant($"{seconds / 60:0} min left")
            : FormattableString.Invariant($"{seconds / 3600:0.0} h left");
    }

    /// <summary>Whether 10 s have passed, or another tenth is signed, since this was true.</summary>
    public bool IsWorthALine()
    {
        if (_timeProvider.GetElapsedTime(_line.At) < s_lineInterval && Tenth <= _line.Tenth)
        {
            return false;
        }

        _line = (_timeProvider.GetTimestamp(), Tenth);
        return true;
    }
}

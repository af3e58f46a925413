namespace PkiCore.Galera.Cluster;

/// <summary>All that was learned about a node. Used under the lock of <see cref="ClusterState"/>, but for the signal.</summary>
internal sealed class NodeRecord(GaleraNode node, TimeProvider timeProvider)
{
    private readonly ClockOffset _clock = new(timeProvider);
    private readonly Penalty _penalty = new(timeProvider);
    private readonly RoundTrip _roundTrip = new();
    private bool _isRefused;
    private long _suspectSince;
    private long _statusAsked;

    public GaleraNode Node { get; } = node;

    /// <summary>Asks the node at once.</summary>
    public WakeSignal Wake { get; } = new(timeProvider);

    public bool WasTried { get; private set; }

    /// <summary>Why it did not answer, or what somebody who used it reported and no answer has refuted since; <see langword="null"/>: it is well.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether the fault was reported by somebody who used it.</summary>
    public bool IsSuspect { get; private set; }

    /// <summary>The last answer; <see langword="null"/> when the last question had none.</summary>
    public NodeStatus? Status { get; private set; }

    public NodeSettings? Settings { get; private set; }

    /// <summary>The share of the time between the last two answers; <see langword="null"/> at the first.</summary>
    public double? FlowControlPaused { get; private set; }

    public long FailedProbes { get; private set; }

    public bool IsPenalised => _penalty.IsActive;

    public TimeSpan? RoundTrip => _roundTrip.Smoothed;

    public TimeSpan? RoundTripVariation => _roundTrip.Smoothed is null ? null : _roundTrip.Variation;

    public TimeSpan? ClockOffset => _clock.Now;

    /// <summary>What it is, whichever cluster it is in.</summary>
    public NodeState State => this switch
    {
        { WasTried: false } => NodeState.Unknown,
        { Status: { } status } => status.State,
        _ => _isRefused ? NodeState.NotPrimary : NodeState.Unreachable,
    };

    public void Apply(ProbeResult result)
    {
        WasTried = true;
        if (result.Fault is not null)
        {
            ApplyFault(result);
            return;
        }

        _isRefused = false;
        if (!IsSuspect || (result.Asked >= _suspectSince && timeProvider.GetElapsedTime(_suspectSince, result.Asked) >= _penalty.Rest))
        {
            IsSuspect = false;
            Fault = null;
        }

        FlowControlPaused = SinceLast(result);
        (Status, _statusAsked) = (result.Status, result.Asked);
        Settings = result.Settings ?? Settings;
        if (result.Clock is { } clock)
        {
            _roundTrip.Add(clock.RoundTrip);
            _clock.Add(clock.NodeTime, clock.Asked, clock.RoundTrip);
        }
    }

    /// <summary>Somebody who used the node had trouble with it. It is not well before it has answered a question that is asked from now on.</summary>
    /// <returns>Whether it was well before.</returns>
    public bool Suspect(string fault)
    {
        bool wasWell = Fault is null;
        if (wasWell)
        {
            _penalty.Begin();
            Fault = fault;
        }

        IsSuspect = true;
        _suspectSince = timeProvider.GetTimestamp();
        Wake.Set();
        return wasWell;
    }

    private void ApplyFault(ProbeResult result)
    {
        FailedProbes++;
        Status = null;
        FlowControlPaused = null;
        _clock.Clear(); // it may be set while the node is away
        if (Fault is not null)
        {
            _penalty.Prolong();
        }
        else
        {
            _penalty.Begin();
            Wake.Set(); // perhaps only the connection was lost
        }

        (Fault, _isRefused, IsSuspect) = (result.Fault, result.IsRefused, false);
    }

    /// <summary>The share that the server itself gives is that since it started, and says nothing of now.</summary>
    private double? SinceLast(ProbeResult result)
    {
        if (Status?.FlowControlPausedNanoseconds is not { } before || result.Status.FlowControlPausedNanoseconds is not { } now || now < before)
        {
            return null;
        }

        double between = timeProvider.GetElapsedTime(_statusAsked, result.Asked).TotalNanoseconds;
        return between > 0 ? Math.Min((now - before) / between, 1) : null;
    }
}

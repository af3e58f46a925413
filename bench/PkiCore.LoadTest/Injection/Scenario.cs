using PkiCore.X509;

namespace PkiCore.LoadTest.Injection;

/// <summary>What is asked of whom, and how often: everything that decides a run but the serial numbers.</summary>
internal sealed record Scenario
{
    public required Uri Target { get; init; }

    /// <summary>Requests per second, over all connections.</summary>
    public required double Rate { get; init; }

    /// <summary>How long the rate goes from nothing to full; not measured.</summary>
    public TimeSpan Ramp { get; init; }

    /// <summary>How long the full rate is injected before it is measured.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>How long the full rate is kept and measured.</summary>
    public required TimeSpan Duration { get; init; }

    public int Connections { get; init; } = 64;

    /// <summary>Sender threads; the connections are shared out among them.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The processor that the sender threads stay on; <see langword="null"/> leaves that to the kernel.</summary>
    public int? Processor { get; init; }

    /// <summary>0: every request is a POST; 1: every one is a GET.</summary>
    public double GetShare { get; init; } = 1;

    /// <summary>The exponent by which some certificates are asked for more often than others; 0 treats all alike.</summary>
    public double Zipf { get; init; }

    /// <summary>Whether each request has a nonce of its own (RFC 9654).</summary>
    public bool Nonce { get; init; }

    /// <summary>Whether senders stay awake shortly before a request is due. Those that are only there to disturb should not.</summary>
    public bool IsPunctual { get; init; } = true;

    public int Seed { get; init; } = 1;

    public CertIdHash Hash { get; init; } = CertIdHash.Sha1;

    /// <summary>Every so many answers one is verified; 0 verifies none.</summary>
    public int VerifyEvery { get; init; } = 100;

    /// <summary>How long a request may wait for a connection, and then for its answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What does not fit, one line each, named like the options.</summary>
    public IEnumerable<string> Faults()
    {
        if (!Target.IsAbsoluteUri || Target.Scheme != Uri.UriSchemeHttp || Target.Query.Length > 0)
        {
            yield return "URL has to be http://HOST[:PORT][/PATH].";
        }

        (bool IsInRange, string Rule)[] rules =
        [
            (Rate is > 0 and <= 1_000_000, "--rate has to be above 0 and at most 1000000."),
            (Ramp >= TimeSpan.Zero && Ramp <= TimeSpan.FromHours(1), "--ramp has to be 0 to 3600 seconds."),
            (WarmUp >= TimeSpan.Zero && WarmUp <= TimeSpan.FromHours(1), "--warm-up has to be 0 to 3600 seconds."),
            (Duration > TimeSpan.Zero && Duration <= TimeSpan.FromDays(7), "--duration has to be above 0 seconds and at most 7 days."),
            (Rate * Duration.TotalSeconds >= 1, "--rate and --duration have to make one request at least."),
            (Connections is >= 1 and <= 10_000, "--connections has to be 1 to 10000."),
            (Threads >= 1 && Threads <= Connections, "--threads has to be at least 1 and at most --connections."),
            (Processor is null or (>= 0 and < 1024), "--processor has to be 0 to 1023."),
            (GetShare is >= 0 and <= 1, "--get has to be 0 to 1."),
            (!Nonce || GetShare == 0, "Requests with a nonce are sent by POST."),
            (Zipf is >= 0 and <= 10, "--zipf has to be 0 to 10."),
            (Hash is CertIdHash.Sha1 or CertIdHash.Sha256, "--hash has to be sha1 or sha256."),
            (VerifyEvery >= 0, "--verify-every has to be 0 or more."),
            // Longer ones would not fit the histogram: a request may wait twice.
            (Timeout > TimeSpan.Zero && Timeout <= TimeSpan.FromSeconds(30), "--timeout has to be above 0 and at most 30 seconds."),
        ];
        foreach ((_, string rule) in rules.Where(rule => !rule.IsInRange))
        {
            yield return rule;
        }
    }
}

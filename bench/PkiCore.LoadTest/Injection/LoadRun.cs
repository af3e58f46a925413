using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PkiCore.X509;

namespace PkiCore.LoadTest.Injection;

/// <summary>What a run came to.</summary>
internal sealed record RunResult(Scenario Scenario, Counters Counters, TimeSpan Measured, long Verified, long NotVerified, IReadOnlyDictionary<string, long> VerificationFaults, bool IsCancelled)
{
    private const double GoodShare = 0.99;

    /// <summary>Successful answers per second, over the time measured or until the last answer where that came later.</summary>
    public double Achieved => Counters.Successful / Measured.TotalSeconds;

    public bool HasPassed => !IsCancelled && VerificationFaults.Count == 0 && Achieved >= GoodShare * Scenario.Rate;
}

/// <summary>Runs a scenario.</summary>
internal static class LoadRun
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_connectPatience = TimeSpan.FromSeconds(5);

    /// <summary>Time for every thread to be there when the first request is due.</summary>
    private const long LeadNanoseconds = 20_000_000;

    /// <param name="scenario">What to do.</param>
    /// <param name="issuer">The CA.</param>
    /// <param name="serials">The certificates, the most popular first.</param>
    /// <param name="progress">Told every second what the threads have counted so far.</param>
    /// <param name="cancellationToken">Ends the run early.</param>
    /// <exception cref="IOException">The processor that it should stay on is not there.</exception>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    public static RunResult Run(Scenario scenario, Issuer issuer, SerialNumber[] serials, Action<IReadOnlyList<Counters>>? progress, CancellationToken cancellationToken)
    {
        // The senders, which this thread starts, inherit it.
        if (scenario.Processor is { } processor && !Native.TryStayOn(processor))
        {
            throw new IOException($"--processor {processor}: this process may not run there.");
        }

        var schedule = new Schedule(scenario.Rate, scenario.Ramp, scenario.WarmUp, scenario.Duration);
        using AnswerVerifier? verifier = scenario.VerifyEvery > 0 ? new AnswerVerifier(issuer, scenario.Hash, TimeProvider.System) : null;
        var input = new InjectorInput(
            scenario,
            schedule,
            new RequestTemplates(scenario.Target, issuer, scenario.Hash, scenario.Nonce),
            serials,
            new ZipfSampler(serials.Length, scenario.Zipf),
            verifier,
            Resolve(scenario.Target));
        Injector[] injectors = [.. Enumerable.Range(0, scenario.Threads).Select(index => new Injector(
            input, index, scenario.Threads, (scenario.Connections / scenario.Threads) + (index < scenario.Connections % scenario.Threads ? 1 : 0)))];
        try
        {
            foreach (Injector injector in injectors)
            {
                injector.Connect(s_connectPatience);
                if (!injector.IsConnected)
                {
                    throw new SocketException((int)SocketError.ConnectionRefused, injector.Counters.LastConnectFault ?? "no connection in time");
                }
            }

            Inject(injectors, progress, cancellationToken);
            verifier?.Finish();
            return Sum(scenario, schedule, injectors, verifier, cancellationToken.IsCancellationRequested);
        }
        finally
        {
            Array.ForEach(injectors, injector => injector.Dispose());
        }
    }

    private static void Inject(Injector[] injectors, Action<IReadOnlyList<Counters>>? progress, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp() + LeadNanoseconds;
        Counters[] counters = [.. injectors.Select(injector => injector.Counters)];
        Task[] senders = [.. injectors.Select(injector => Task.Factory.StartNew(
            () => injector.Run(start, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        while (!Task.WaitAll(senders, s_progressInterval)) // seldom: on one processor with a sender this thread delays requests
        {
            progress?.Invoke(counters);
        }
    }

    private static RunResult Sum(Scenario scenario, Schedule schedule, Injector[] injectors, AnswerVerifier? verifier, bool isCancelled)
    {
        var sum = new Counters();
        Array.ForEach(injectors, injector => sum.Add(injector.Counters));
        var untilLast = TimeSpan.FromMicroseconds((sum.LastAnswer - schedule.DueAt(schedule.FirstMeasured)) / 1000.0);
        return new RunResult(
            scenario,
            sum,
            untilLast > scenario.Duration ? untilLast : scenario.Duration,
            verifier?.Verified ?? 0,
            verifier?.Skipped ?? 0,
            verifier?.Faults ?? new Dictionary<string, long>(),
            isCancelled);
    }

    private static IPEndPoint Resolve(Uri target) => new(Dns.GetHostAddresses(target.DnsSafeHost)[0], target.Port);
}

using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Reports;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.LoadTest;

/// <summary>That the load test tells the truth about a server that does not do well.</summary>
public sealed class OpenLoopTests : IDisposable
{
    private const int Rate = 1000;
    private const long Millisecond = 1_000_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly byte[] s_successful = TinyServer.Reply([0x30, 0x03, 0x0A, 0x01, 0x00]);
    private static readonly byte[] s_tryLater = TinyServer.Reply([0x30, 0x03, 0x0A, 0x01, 0x03]);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _ca;

    public OpenLoopTests() => _ca = new CertificateRequest("CN=CA", _key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));

    public void Dispose()
    {
        _ca.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void Stall_counts_for_every_request_that_was_due_meanwhile()
    {
        TimeSpan stall = TimeSpan.FromMilliseconds(100);
        using var open = new ManualResetEventSlim(initialState: true);
        using var never = new ManualResetEventSlim();
        using var server = new TinyServer(request =>
        {
            if (request == Rate) // a second before the end
            {
                open.Reset();
                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < stall)
                {
                    never.Wait(stall - elapsed);
                }

                open.Set();
            }

            open.Wait();
            return s_successful;
        });

        RunResult result = Run(server.Url, connections: 8, seconds: 2);

        Counters counters = result.Counters;
        Assert.Equal(2 * Rate, counters.Latency.Count);
        Assert.Equal(2 * Rate, counters.Successful);
        Assert.InRange(counters.Latency.Max, 100 * Millisecond, long.MaxValue);
        long slow = counters.Latency.CountFrom(50 * Millisecond);
        Assert.InRange(slow, 0.05 * Rate * 0.9, 2 * Rate); // half of the stall had those due in it that waited for its other half

        // A client that sends when it can has at most one request on each connection in the stall.
        Assert.InRange(counters.FromSent.CountFrom(50 * Millisecond), 1, slow / 2);
        Assert.InRange(counters.Waited, slow / 2, 2 * Rate);
    }

    [Fact]
    public void Sending_and_receiving_allocates_nothing()
    {
        using var server = new TinyServer(_ => s_successful);

        RunResult result = Run(server.Url, connections: 8, seconds: 1, warmUp: 0.2);

        Assert.Equal(Rate, result.Counters.Successful);
        Assert.Equal(0, result.Counters.Allocated);
    }

    [Fact]
    public void Silence_is_a_timeout_and_counts_with_the_time_waited()
    {
        using var never = new ManualResetEventSlim();
        using var server = new TinyServer(request =>
        {
            if (request % 100 == 0)
            {
                never.Wait(s_patience, TestContext.Current.CancellationToken);
            }

            return s_successful;
        });

        RunResult result = Run(server.Url, connections: 40, seconds: 1, timeout: 0.5);
        never.Set();

        Assert.InRange(result.Counters.Faults[(int)RequestFault.Timeout], 10, Rate / 2);
        Assert.InRange(result.Counters.Latency.CountFrom(500 * Millisecond), 10, Rate);
        Assert.Equal(Rate, result.Counters.Successful + result.Counters.Faults.Sum());
    }

    [Fact]
    public void Requests_that_find_no_connection_in_time_are_counted_too()
    {
        using var never = new ManualResetEventSlim();
        using var server = new TinyServer(_ =>
        {
            never.Wait(s_patience, TestContext.Current.CancellationToken);
            return null;
        });

        RunResult result = Run(server.Url, connections: 2, seconds: 1, timeout: 0.2);
        never.Set();

        Assert.Equal(Rate, result.Counters.Faults.Sum());
        Assert.Equal(Rate, result.Counters.Latency.Count);
        Assert.InRange(result.Counters.Faults[(int)RequestFault.NotSent], Rate / 2, Rate);
        Assert.False(result.HasPassed);
    }

    [Fact]
    public void Connections_that_the_server_closes_while_idle_are_replaced()
    {
        using var server = new TinyServer(_ => s_successful, closesAfterAnswer: true);

        RunResult result = Run(server.Url, connections: 32, seconds: 1);

        // One may be closed in the very moment in which it is used.
        Assert.Equal(Rate, result.Counters.Successful + result.Counters.Faults[(int)RequestFault.ConnectionLost]);
        Assert.InRange(result.Counters.Successful, Rate / 2, Rate);
    }

    [Fact]
    public void Answers_that_do_not_verify_fail_the_run()
    {
        using var server = new TinyServer(_ => s_successful);

        RunResult result = Run(server.Url, connections: 8, seconds: 1, verifyEvery: 10);

        Assert.Equal(100, result.Verified + result.NotVerified);
        Assert.Equal("not well-formed", Assert.Single(result.VerificationFaults).Key);
        Assert.False(result.HasPassed);
    }

    [Fact]
    public void Faults_are_counted_by_kind_and_lost_connections_replaced()
    {
        byte[] unavailable = TinyServer.Reply("later"u8, "503 Service Unavailable");
        byte[] noOcsp = TinyServer.Reply("<html>"u8);
        using var server = new TinyServer(request => (request % 100) switch
        {
            1 => null,
            2 => unavailable,
            3 or 4 => s_tryLater,
            5 => noOcsp,
            _ => s_successful,
        });

        RunResult result = Run(server.Url, connections: 16, seconds: 1);

        Assert.Equal(
            [("connection lost", 10), ("HTTP 503", 10), ("OCSP tryLater", 20), ("no OCSP response", 10)],
            result.Counters.Errors);
        Assert.Equal(Rate - 50, result.Counters.Successful);
        Assert.False(result.HasPassed);
        Assert.Contains("connection lost 10, HTTP 503 10, OCSP tryLater 20, no OCSP response 10", RunReport.Write(result, floor: null), StringComparison.Ordinal);
    }

    private RunResult Run(Uri url, int connections, double seconds, double warmUp = 0, double timeout = 10, int verifyEvery = 0)
    {
        var scenario = new Scenario
        {
            Target = url,
            Rate = Rate,
            WarmUp = TimeSpan.FromSeconds(warmUp),
            Duration = TimeSpan.FromSeconds(seconds),
            Connections = connections,
            Timeout = TimeSpan.FromSeconds(timeout),
            VerifyEvery = verifyEvery,
        };
        Assert.Empty(scenario.Faults());
        Assert.True(SerialNumber.TryParse("2A", out SerialNumber serial));
        return LoadRun.Run(scenario, Issuer.FromCertificate(_ca), [serial], progress: null, TestContext.Current.CancellationToken);
    }
}

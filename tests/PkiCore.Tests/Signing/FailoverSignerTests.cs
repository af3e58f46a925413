using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Signing;

/// <summary>Which signer of several is used, taken out and brought back.</summary>
public sealed class FailoverSignerTests : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_slow = FailoverMember.SlowAfter + TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private readonly ScriptedSigner _one;
    private readonly ScriptedSigner _two;

    public FailoverSignerTests()
    {
        _certificate = Certify(_key);
        _one = new ScriptedSigner("one", _key, _certificate);
        _two = new ScriptedSigner("two", _key, _certificate);
    }

    [Fact]
    public void Work_is_shared_out()
    {
        using FailoverSigner signer = Join();
        for (int i = 0; i < 10; i++)
        {
            Sign(signer);
        }

        Assert.Equal((5, 5), (_one.Calls, _two.Calls));
    }

    [Fact]
    public async Task The_least_busy_is_picked()
    {
        using FailoverSigner signer = Join();
        using var go = new ManualResetEventSlim();
        _one.Before = _ => go.Wait(s_timeout);
        Task stuck = RunAsync(() =>
        {
            while (_one.Calls == 0)
            {
                Sign(signer);
            }
        });
        await Eventually.HoldsAsync("one is busy", () => _one.Calls == 1, TestContext.Current.CancellationToken);
        for (int i = 0; i < 10; i++)
        {
            Sign(signer);
        }

        Assert.Equal(1, _one.Calls);
        go.Set();
        await stuck;
    }

    [Fact]
    public void Three_failures_in_a_row_take_one_out_and_fewer_do_not()
    {
        using FailoverSigner signer = Join();
        Fail(_one, 2);
        SignTimes(signer, 10);
        Assert.Null(signer.Problem);
        Fail(_one, 2); // the ones before were followed by successes
        SignTimes(signer, 10);
        Assert.Null(signer.Problem);
        Fail(_one, 100);
        SignTimes(signer, 10);
        Assert.Contains("1 of 2 signers are out: one: it failed", signer.Problem, StringComparison.Ordinal);
        int calls = _one.Calls;
        SignTimes(signer, 10);
        Assert.Equal(calls, _one.Calls);
    }

    [Fact]
    public void A_fault_that_is_not_transient_takes_one_out_at_once()
    {
        using FailoverSigner signer = Join();
        _one.Before = _ => throw new SigningException("the PIN is locked");
        SignTimes(signer, 4);
        Assert.Equal(1, _one.Calls);
        Assert.Contains("the PIN is locked", signer.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Overload_does_not_take_one_out()
    {
        using FailoverSigner signer = Join();
        _one.Before = _ => throw new SigningException("busy") { IsTransient = true, IsOverload = true };
        SignTimes(signer, 20);
        Assert.Null(signer.Problem);
        _two.Before = _one.Before;
        SigningException fault = Assert.Throws<SigningException>(() => Sign(signer));
        Assert.True(fault is { IsTransient: true, IsOverload: true });
    }

    [Fact]
    public async Task One_that_is_out_is_probed_and_brought_back_when_it_signs()
    {
        using FailoverSigner signer = Join();
        Fail(_one, int.MaxValue);
        SignTimes(signer, 10);
        await ProbeAsync(() => _one.Probes > 0);
        Assert.NotNull(signer.Problem);
        _one.Before = _ => { };
        await ProbeAsync(() => signer.Problem is null);
        int calls = _one.Calls;
        SignTimes(signer, 4);
        Assert.Equal(calls + 2, _one.Calls);
    }

    [Fact]
    public async Task One_with_a_problem_at_the_start_is_out_and_probed()
    {
        _one.Problem = "not there";
        using FailoverSigner signer = Join();
        Assert.Contains("one: not there", signer.Problem, StringComparison.Ordinal);
        SignTimes(signer, 4);
        Assert.Equal(0, _one.Calls);
        _one.Problem = null;
        await ProbeAsync(() => signer.Problem is null);
    }

    [Fact]
    public void One_that_is_slow_is_taken_out_only_while_there_is_another()
    {
        using FailoverSigner signer = Join();
        _one.Before = _two.Before = _ => _clock.Advance(s_slow);
        SignTimes(signer, 6);
        Assert.Contains("1 of 2", signer.Problem, StringComparison.Ordinal);
        Assert.Equal(1, Math.Min(_one.Calls, _two.Calls));
    }

    [Fact]
    public void One_that_is_slow_is_better_than_none()
    {
        using FailoverSigner signer = Join();
        _one.Before = _ => _clock.Advance(s_slow);
        SignTimes(signer, 3);
        Assert.Contains("one: a call took", signer.Problem, StringComparison.Ordinal);
        _two.Before = _ => throw new SigningException("it broke");
        Sign(signer);
        Sign(signer);
        Fail(_one, int.MaxValue);
        Assert.Throws<SigningException>(() => Sign(signer));
        int calls = _one.Calls;
        SigningException fault = Assert.Throws<SigningException>(() => Sign(signer)); // it failed: no more than out
        Assert.Equal(calls, _one.Calls);
        Assert.Contains("it broke", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_whose_call_does_not_come_back_is_out()
    {
        using FailoverSigner signer = Join();
        using var go = new ManualResetEventSlim();
        _one.Before = _ => go.Wait(s_timeout);
        Task stuck = RunAsync(() => SignTimes(signer, 2));
        await Eventually.HoldsAsync("it hangs", () => _one.Calls == 1, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromTicks(1));
        SignTimes(signer, 4);
        Assert.Null(signer.Problem);
        _clock.Advance(s_slow);
        SignTimes(signer, 4);
        Assert.Contains("one: a call took", signer.Problem, StringComparison.Ordinal);
        Assert.Contains("not come back", signer.Problem, StringComparison.Ordinal);
        go.Set();
        await stuck;
        _one.Before = _ => { };
        await ProbeAsync(() => signer.Problem is null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_from_before_does_not_take_out_one_that_came_back(bool fails)
    {
        using FailoverSigner signer = Join();
        using var go = new ManualResetEventSlim();
        void Hang()
        {
            go.Wait(s_timeout);
            if (fails)
            {
                throw new SigningException("it broke");
            }
        }

        _one.Before = _ => Hang();
        Task stuck = RunAsync(() => SignTimes(signer, 2));
        await Eventually.HoldsAsync("it hangs", () => _one.Calls == 1, TestContext.Current.CancellationToken);
        _one.Before = _ => { };
        _clock.Advance(s_slow);
        SignTimes(signer, 2);
        Assert.NotNull(signer.Problem);
        await ProbeAsync(() => signer.Problem is null);
        go.Set();
        await stuck;
        Assert.Null(signer.Problem);
    }

    [Fact]
    public void Time_is_shared_among_those_that_are_left()
    {
        using FailoverSigner signer = Join();
        var shares = new List<double>();
        void Take(TimeSpan share)
        {
            shares.Add(share.TotalSeconds);
            _clock.Advance(share / 2);
            throw new SigningException("it failed") { IsTransient = true };
        }

        _one.Before = _two.Before = Take;
        SigningException fault = Assert.Throws<SigningException>(() => signer.Sign(new byte[32], new byte[72], TimeSpan.FromSeconds(0.8), SigningPriority.Live));
        Assert.Equal([0.4, 0.6], shares);
        Assert.True(fault.IsTransient);
        Assert.Contains("one: it failed; two: it failed", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_keys_and_other_algorithms_are_refused()
    {
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 other = Certify(otherKey);
        using var stranger = new ScriptedSigner("stranger", otherKey, other);
        Assert.Contains("stranger", Assert.Throws<SigningException>(() => new FailoverSigner([_one, stranger])).Message, StringComparison.Ordinal);
        using var odd = new ScriptedSigner("odd", _key, _certificate) { Algorithm = SignatureAlgorithm.EcdsaWithSha384 };
        Assert.Throws<SigningException>(() => new FailoverSigner([_one, odd]));
        Assert.Throws<ArgumentException>(() => new FailoverSigner([]));
    }

    [Fact]
    public void Disposed_it_disposes_its_signers_and_stops_probing()
    {
        _one.Problem = "not there";
        FailoverSigner signer = Join();
        signer.Dispose();
        Assert.True(_one.IsDisposed && _two.IsDisposed);
        Assert.Equal(0, _clock.PendingTimers);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _certificate.Dispose();
        _key.Dispose();
    }

    private static X509Certificate2 Certify(ECDsa key)
    {
        var request = new CertificateRequest("CN=Signer", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    private static void Sign(FailoverSigner signer) => signer.Sign(new byte[32], new byte[72], s_timeout, SigningPriority.Live);

    private static void SignTimes(FailoverSigner signer, int times)
    {
        for (int i = 0; i < times; i++)
        {
            Sign(signer);
        }
    }

    private static void Fail(ScriptedSigner signer, int times) => signer.Before = _ =>
    {
        if (times-- > 0)
        {
            throw new SigningException("it failed") { IsTransient = true };
        }
    };

    private static Task RunAsync(Action action) =>
        Task.Factory.StartNew(action, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private FailoverSigner Join() => new([_one, _two], loggerFactory: null, _clock);

    /// <summary>Lets probes happen until something holds.</summary>
    private Task<TimeSpan> ProbeAsync(Func<bool> condition) => Eventually.HoldsAsync(
        "a probe",
        () =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            return condition();
        },
        TestContext.Current.CancellationToken);
}

using System.Diagnostics;
using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>Calls that do not come back from the module.</summary>
public sealed class HangTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("C_Sign")]
    [InlineData("C_SignInit")]
    public async Task A_stuck_call_is_given_up_replaced_and_counted_down_when_it_comes_back(string function)
    {
        using TestToken token = await TestToken.CreateAsync();
        using var log = new CollectedLog();
        using var metrics = new CollectedMetrics(token.Label);
        var options = new Pkcs11Options { MaxSessions = 1, CallLimit = s_limit, LoggerFactory = log };
        using Pkcs11Signer signer = token.OpenSigner(options);
        int before = token.Module.Calls(function);
        int closed = token.Module.Calls("C_CloseSession");
        token.Module.Set($"{function} hang 1");
        Task<SigningException?> stuck = TestToken.RunForFaultAsync(() => token.SignAndVerify(signer));
        await token.WaitForCallsAsync(function, before + 1);

        long start = Stopwatch.GetTimestamp();
        token.SignAndVerify(signer, s_timeout); // by another session, which may be opened once the first is given up
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0, 15000);
        Assert.Contains("in the module", signer.Problem, StringComparison.Ordinal);
        Assert.Equal((0, 1), (metrics.Now("pkicore.pkcs11.up"), metrics.Now("pkicore.pkcs11.stuck_calls")));
        Assert.Equal((2, closed), (token.Module.OpenSessions, token.Module.Calls("C_CloseSession")));
        Assert.Equal((1, 0), (log.Count(152), log.Count(153)));

        token.Module.Clear();
        Assert.Null(await stuck.WaitAsync(s_timeout, TestContext.Current.CancellationToken));
        Assert.Null(signer.Problem);
        Assert.Equal(0, metrics.Now("pkicore.pkcs11.stuck_calls"));
        Assert.Equal(1, log.Count(153));
        Assert.Equal(1, token.Module.OpenSessions);
        token.SignAndVerify(signer);
    }

    [Fact]
    public async Task A_stuck_opening_of_a_session_is_given_up_too()
    {
        using TestToken token = await TestToken.CreateAsync();
        var options = new Pkcs11Options { MaxSessions = 2, CallLimit = s_limit };
        using Pkcs11Signer signer = token.OpenSigner(options);
        using var opened = Pkcs11Token.Open(token.TokenUri, options);
        Pkcs11SessionPool pool = opened.Connection.Pool;
        Pkcs11Session first = pool.Rent(SigningPriority.Live, s_timeout);
        int before = token.Module.Calls("C_OpenSession");
        token.Module.Set("C_OpenSession hang 1");
        Task<Pkcs11Session> stuck = TestToken.RunAsync(() => pool.Rent(SigningPriority.Live, s_timeout));
        await token.WaitForCallsAsync("C_OpenSession", before + 1);
        Pkcs11Session third = pool.Rent(SigningPriority.Live, s_timeout);
        Assert.Contains("in the module", signer.Problem, StringComparison.Ordinal);
        token.Module.Clear();
        pool.Return(first, reusable: true);
        pool.Return(third, reusable: true);
        pool.Return(await stuck, reusable: true);
        Assert.Null(signer.Problem);
        Assert.Equal(token.Module.OpenSessions, pool.GetState().Open);
    }

    [Fact]
    public async Task A_stuck_closing_of_a_session_does_not_take_its_place_for_ever()
    {
        using TestToken token = await TestToken.CreateAsync();
        var options = new Pkcs11Options { MaxSessions = 1, CallLimit = s_limit };
        using Pkcs11Signer signer = token.OpenSigner(options);
        token.Module.Set("C_Sign return 0x30 1", "C_CloseSession hang 1");
        int before = token.Module.Calls("C_CloseSession");
        Task<SigningException?> stuck = TestToken.RunForFaultAsync(() => token.SignAndVerify(signer));
        await token.WaitForCallsAsync("C_CloseSession", before + 1);
        token.SignAndVerify(signer, s_timeout);
        token.Module.Clear();
        Assert.Equal("CKR_DEVICE_ERROR", (await stuck)?.ErrorCode);
        token.SignAndVerify(signer);
    }

    [Fact]
    public async Task When_too_many_calls_are_stuck_no_more_are_made()
    {
        using TestToken token = await TestToken.CreateAsync();
        var options = new Pkcs11Options { MaxSessions = 1, CallLimit = s_limit, MaxStuckCalls = 2 };
        using Pkcs11Signer signer = token.OpenSigner(options);
        int before = token.Module.Calls("C_Sign");
        token.Module.Set("C_Sign hang");
        Task<SigningException?>[] calls = [.. Enumerable.Range(0, 5).Select(_ => TestToken.RunForFaultAsync(() => token.SignAndVerify(signer)))];
        await Eventually.HoldsAsync("those above the limit are refused", () => calls.Count(call => call.IsCompleted) == 3, TestContext.Current.CancellationToken);
        foreach (Task<SigningException?> call in calls.Where(call => call.IsCompleted))
        {
            SigningException? fault = await call;
            Assert.Contains("MaxStuckCalls", fault?.Message, StringComparison.Ordinal);
            Assert.True(fault is { IsTransient: true, IsOverload: false });
        }

        Assert.Equal(2, token.Module.Calls("C_Sign") - before);
        long start = Stopwatch.GetTimestamp();
        Assert.Throws<SigningException>(() => token.SignAndVerify(signer));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        token.Module.Clear();
        await Task.WhenAll(calls);
        token.SignAndVerify(signer);
    }

    [Theory]
    [InlineData("C_GetSlotList")]
    [InlineData("C_OpenSession")]
    [InlineData("C_Login")]
    public async Task While_connecting_hangs_others_keep_their_deadline_and_after_ten_seconds_another_tries(string function)
    {
        using TestToken token = await TestToken.CreateAsync();
        var clock = new ManualTimeProvider();
        var options = new Pkcs11Options { TimeProvider = clock };
        using Pkcs11Signer signer = token.OpenSigner(options);
        int before = token.Module.Calls(function);
        token.Module.Set("sessions invalid", $"{function} hang 1");
        Task<SigningException?> stuck = TestToken.RunForFaultAsync(() => token.SignAndVerify(signer));
        await token.WaitForCallsAsync(function, before + 1);

        long start = Stopwatch.GetTimestamp();
        SigningException fault = Assert.Throws<SigningException>(() => token.SignAndVerify(signer, TimeSpan.FromMilliseconds(300)));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 250, 7500);
        Assert.Contains("does not end", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.IsTransient);

        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.NotNull(signer.Problem);
        token.SignAndVerify(signer);
        Assert.Null(signer.Problem);
        Assert.Equal(before + (function == "C_GetSlotList" ? 3 : 2), token.Module.Calls(function));

        token.Module.Clear();
        Assert.Null(await stuck.WaitAsync(s_timeout, TestContext.Current.CancellationToken));
        token.SignAndVerify(signer);
        Assert.Equal(token.PoolState(options).Open, token.Module.OpenSessions); // the login session of the late one is closed
    }
}

using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>The token allows fewer sessions than are wanted.</summary>
public sealed class SessionLimitTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task All_get_signatures_and_the_log_says_once_that_sessions_are_fewer()
    {
        for (int round = 0; round < 5; round++) // openers at the same time see the limit in many orders
        {
            using TestToken token = await TestToken.CreateAsync();
            using var log = new CollectedLog();
            var clock = new ManualTimeProvider();
            token.Module.Set("C_OpenSession limit 2", "C_Sign delay 2", "C_OpenSession delay 1");
            var options = new Pkcs11Options { MaxSessions = 8, LoggerFactory = log, TimeProvider = clock };
            using Pkcs11Signer signer = token.OpenSigner(options);
            using var load = new SigningLoad(signer, 8, s_timeout);
            await load.MoreAsync(100);
            Assert.Equal((2, 2), (token.Module.OpenSessions, token.PoolState(options).Open));
            Assert.Equal(1, log.Count(154));
            Assert.Contains("allows 2 sessions only", log.Text, StringComparison.Ordinal);

            token.Module.Set("C_Sign delay 2");
            int opened = token.Module.Calls("C_OpenSession");
            await load.MoreAsync(50);
            Assert.Equal(opened, token.Module.Calls("C_OpenSession"));
            clock.Advance(TimeSpan.FromSeconds(31));
            await Eventually.HoldsAsync("others are opened", () => token.Module.OpenSessions == 8, TestContext.Current.CancellationToken);
            load.Stop();
            Assert.Equal((0, 0, 0), (load.Wrong, load.Faults.Count, load.Surprises.Count));
            Assert.Equal(1, log.Count(154));
        }
    }

    [Fact]
    public async Task When_others_have_all_sessions_the_fault_says_so()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner();
        token.Module.Set("sessions invalid", "C_OpenSession limit 0");
        SigningException fault = Assert.Throws<SigningException>(() => token.SignAndVerify(signer, s_timeout));
        Assert.True(fault.IsTransient);
        Assert.Contains("no session left", fault.Message, StringComparison.Ordinal);
        token.Module.Clear();
        await Eventually.HoldsAsync("it signs", () => Record.Exception(() => token.SignAndVerify(signer)) is null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_full_token_with_stuck_sessions_is_not_asked_again_and_again()
    {
        using TestToken token = await TestToken.CreateAsync();
        var options = new Pkcs11Options { MaxSessions = 4, CallLimit = TimeSpan.FromMilliseconds(200) };
        using Pkcs11Signer signer = token.OpenSigner(options);
        token.Module.Set("C_OpenSession limit 2", "C_Sign hang");
        Task<SigningException?>[] stuck = [.. Enumerable.Range(0, 2).Select(_ => TestToken.RunForFaultAsync(() => token.SignAndVerify(signer)))];
        await Eventually.HoldsAsync("they are stuck", () => token.PoolState(options) is { Open: 2 } && signer.Problem is not null, TestContext.Current.CancellationToken);
        int opened = token.Module.Calls("C_OpenSession");
        SigningException? fault = await TestToken.RunForFaultAsync(() => token.SignAndVerify(signer, TimeSpan.FromMilliseconds(500)))
            .WaitAsync(s_timeout, TestContext.Current.CancellationToken);
        Assert.True(fault?.IsTransient);
        Assert.InRange(token.Module.Calls("C_OpenSession") - opened, 0, 3);

        token.Module.Set("C_OpenSession limit 2");
        await Task.WhenAll(stuck);
        token.SignAndVerify(signer);
    }
}

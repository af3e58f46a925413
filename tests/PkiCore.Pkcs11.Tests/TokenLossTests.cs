using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>The token is pulled out, or loses its sessions or its login.</summary>
public sealed class TokenLossTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_token_that_vanishes_under_load_is_found_again_with_new_sessions_and_handles()
    {
        using TestToken token = await TestToken.CreateAsync();
        using var log = new CollectedLog();
        using var metrics = new CollectedMetrics(token.Label);
        var options = new Pkcs11Options { LoggerFactory = log, MaxSessions = 8 };
        using Pkcs11Signer signer = token.OpenSigner(options);
        using var load = new SigningLoad(signer, 8, s_timeout);
        await load.MoreAsync(200);
        Assert.Equal(1, metrics.Now("pkicore.pkcs11.up"));

        token.Module.Set("token gone");
        await Eventually.HoldsAsync("calls fail", () => load.Faults.Count > 8, TestContext.Current.CancellationToken);
        Assert.NotNull(signer.Problem);
        Assert.Equal(0, metrics.Now("pkicore.pkcs11.up"));

        token.Module.Clear();
        await load.MoreAsync(200);
        load.Stop();
        Assert.Null(signer.Problem);
        Assert.Equal(1, metrics.Now("pkicore.pkcs11.up"));
        Assert.Equal(0, load.Wrong);
        Assert.Empty(load.Surprises);
        Assert.All(load.Faults, fault => Assert.True(fault.IsTransient, fault.Message));
        Assert.InRange(load.Longest, TimeSpan.Zero, 5 * s_timeout);
        Assert.InRange(log.Count(151), 1, 10);
        Assert.InRange(log.Count(150), 2, 5);
        Assert.True(metrics.Sum("pkicore.pkcs11.failures") > 0);

        (int inits, int signs, int logins) = (token.Module.Calls("C_SignInit"), token.Module.Calls("C_Sign"), token.Module.Calls("C_Login"));
        for (int i = 0; i < 50; i++)
        {
            token.SignAndVerify(signer);
        }

        Assert.Equal((inits + 50, signs + 50, logins), (token.Module.Calls("C_SignInit"), token.Module.Calls("C_Sign"), token.Module.Calls("C_Login")));

        // A call that was on its way may have opened one just as the token returned: it is left alone, for its number may be another's by now.
        int open = token.PoolState(options).Open;
        Assert.InRange(token.Module.OpenSessions, open, open + 1);
    }

    [Fact]
    public async Task Two_links_to_the_same_token_are_never_the_same()
    {
        using TestToken token = await TestToken.CreateAsync();
        using var opened = Pkcs11Token.Open(token.TokenUri);
        TokenConnection connection = opened.Connection;
        Pkcs11Session before = connection.Pool.Rent(SigningPriority.Live, s_timeout);
        token.Module.Set("sessions invalid");
        connection.Fail("C_Sign", Interop.CKR.CKR_SESSION_HANDLE_INVALID, before.Link);

        Pkcs11Session after = connection.Pool.Rent(SigningPriority.Live, s_timeout);
        Assert.NotEqual(before.Link, after.Link);
        connection.Fail("C_Sign", Interop.CKR.CKR_SESSION_HANDLE_INVALID, before.Link); // late: it says nothing of the new link
        Assert.True(connection.IsCurrent(after.Link));
        connection.Pool.Return(before, reusable: true);
        connection.Pool.Return(after, reusable: true);
        Assert.Same(after, connection.Pool.Rent(SigningPriority.Live, s_timeout));
        Pkcs11Session other = connection.Pool.Rent(SigningPriority.Live, s_timeout);
        Assert.NotSame(before, other);
        connection.Pool.Return(after, reusable: true);
        connection.Pool.Return(other, reusable: true);
    }

    [Fact]
    public async Task Sessions_that_become_invalid_are_replaced_within_the_call()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner();
        token.Module.Set("sessions invalid");
        token.SignAndVerify(signer);
        Assert.Null(signer.Problem);
    }

    [Fact]
    public async Task A_signer_that_has_not_found_its_key_yet_gets_over_invalid_sessions_within_the_call()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer first = token.OpenSigner();
        token.Module.Set("C_FindObjectsInit return 0xB3 1");
        using Pkcs11Signer second = token.OpenSigner();
        Assert.Equal(0, token.Module.OpenSessions - token.PoolState().Open);
        token.SignAndVerify(second);
    }

    [Fact]
    public async Task Keys_are_listed_although_sessions_became_invalid()
    {
        using TestToken token = await TestToken.CreateAsync();
        using var opened = Pkcs11Token.Open(token.TokenUri);
        token.Module.Set("sessions invalid");
        Assert.Single(opened.FindKeys());
    }

    [Theory]
    [InlineData("C_SignInit return 0xB3 1")] // CKR_SESSION_HANDLE_INVALID
    [InlineData("C_SignInit return 0xB0 1")] // CKR_SESSION_CLOSED
    [InlineData("C_Sign return 0xB3 1")]
    [InlineData("C_Sign return 0x32 1")] // CKR_DEVICE_REMOVED
    [InlineData("C_SignInit return 0x60 1")] // CKR_KEY_HANDLE_INVALID
    [InlineData("C_SignInit return 0x101 1")] // CKR_USER_NOT_LOGGED_IN
    [InlineData("C_Sign return 0x101 1")]
    public async Task A_loss_that_a_second_try_mends_is_not_seen_by_the_caller(string directive)
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner();
        token.Module.Set(directive);
        token.SignAndVerify(signer);
    }

    [Fact]
    public async Task When_one_session_is_lost_the_others_are_not_left_open()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner();
        token.OpenIdleSessions(6);
        Assert.Equal(6, token.Module.OpenSessions);
        token.Module.Set("C_SignInit return 0xB3 1");
        token.SignAndVerify(signer);
        Assert.Equal(token.PoolState().Open, token.Module.OpenSessions);
    }

    [Fact]
    public async Task A_token_with_one_session_that_was_logged_out_is_logged_in_again_within_the_call()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner(new Pkcs11Options { MaxSessions = 1 });
        RawModule module = RawModule.Load(token.Module.ModulePath);
        nuint session = module.OpenSession(module.SlotOf(token.Label));
        Assert.Equal(RawModule.Ok, module.Logout(session));
        Assert.Equal(RawModule.Ok, module.CloseSession(session));
        token.SignAndVerify(signer);
    }

    [Fact]
    public async Task A_new_signer_logs_in_again_before_it_says_that_there_is_no_key()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer first = token.OpenSigner();
        RawModule module = RawModule.Load(token.Module.ModulePath);
        nuint session = module.OpenSession(module.SlotOf(token.Label));
        Assert.Equal(RawModule.Ok, module.Logout(session));
        using Pkcs11Signer second = token.OpenSigner();
        token.SignAndVerify(second);
        token.SignAndVerify(first);
    }

    [Fact]
    public async Task A_slot_whose_token_is_ill_does_not_hide_the_others()
    {
        using TestToken token = await TestToken.CreateAsync();
        await token.Module.InitializeTokenAsync("neighbour", TestToken.Pin, "so-pin", TestContext.Current.CancellationToken);
        RawModule module = RawModule.Load(token.Module.ModulePath);
        Assert.Equal(RawModule.Ok, module.Initialize());
        int first = module.SlotOf(token.Label) == module.Slots()[0] ? 1 : 0; // whether it is asked first
        token.Module.Set(first == 1 ? "C_GetMechanismInfo return 0x30" : "C_GetTokenInfo return 0x30 1"); // CKR_DEVICE_ERROR for the other one only
        using Pkcs11Signer signer = token.OpenSigner();
        token.SignAndVerify(signer);
        signer.Dispose();
        Assert.Equal(RawModule.Ok, module.Terminate());
    }
}

using System.Diagnostics;
using static PkiCore.Pkcs11.Tests.Harness.RawModule;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>The module with faults on order does what tests/native/README.md says.</summary>
public sealed class FaultyModuleTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Without_directives_it_signs_like_SoftHSM()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.AssertSigns();
        token.AssertSigns();
        Assert.Equal(2, token.Faulty.Calls("C_Sign"));
        Assert.Equal(1, token.Faulty.OpenSessions);
        Assert.Equal(Ok, token.Module.CloseSession(token.Session));
        Assert.Equal(0, token.Faulty.OpenSessions);
    }

    [Fact]
    public async Task Two_instances_in_one_process_have_their_own_tokens_and_faults()
    {
        using RawToken one = await RawToken.CreateAsync();
        using RawToken two = await RawToken.CreateAsync();
        one.Faulty.Set("C_Sign return 0x30");
        Assert.Equal<nuint>(0x30, one.Sign());
        two.AssertSigns();

        one.Faulty.Set("token gone");
        Assert.Empty(one.Module.Slots());
        Assert.Equal(TokenNotPresent, one.Module.GetTokenInfo(one.Slot, out _));
        Assert.Equal(two.Slot, two.Module.SlotOf(RawToken.Label));

        Assert.Equal(Ok, one.Module.Terminate());
        one.Faulty.Clear();
        Assert.Equal(CryptokiNotInitialized, one.Sign());
        two.AssertSigns();
    }

    [Fact]
    public async Task Instances_initialised_at_the_same_time_find_their_own_tokens()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        FaultyModule[] instances = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(i => FaultyModule.CreateAsync($"token {i}", "1234", cancellation)));
        RawModule[] modules = [.. instances.Select(instance => Load(instance.ModulePath))];

        Parallel.ForEach(modules, new ParallelOptions { CancellationToken = cancellation }, module => Assert.Equal(Ok, module.Initialize()));
        Assert.All(modules, (module, i) => Assert.NotEqual<nuint>(0, module.SlotOf($"token {i}")));
        foreach ((RawModule module, FaultyModule instance) in modules.Zip(instances))
        {
            Assert.Equal(Ok, module.Terminate());
            instance.Dispose();
        }
    }

    [Fact]
    public async Task Delay_takes_its_time_and_sessions_wait_side_by_side()
    {
        using RawToken token = await RawToken.CreateAsync();
        nuint[] sessions = [.. Enumerable.Range(0, 8).Select(_ => token.Module.OpenSession(token.Slot))];
        token.Faulty.Set("C_Sign delay 500");

        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(sessions.Select(session => RunAsync(() => token.Sign(session, out _))));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 500, 3500); // one after the other they would take 4000
    }

    [Fact]
    public async Task Hang_lasts_until_the_line_is_gone()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set("C_Sign hang");
        Task<nuint> stuck = RunAsync(() => token.Sign());
        await token.WaitForCallsAsync("C_Sign", 1);

        token.Faulty.Set("C_Sign hang", "C_Login return 0x5");
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(stuck.IsCompleted);

        token.Faulty.Clear();
        Assert.Equal(Ok, await stuck.WaitAsync(s_limit, TestContext.Current.CancellationToken));
        token.AssertSigns();
    }

    [Fact]
    public async Task Hang_with_a_number_stops_only_so_many_calls()
    {
        using RawToken token = await RawToken.CreateAsync();
        nuint other = token.Module.OpenSession(token.Slot);
        token.Faulty.Set("C_Sign hang 1");
        Task<nuint> stuck = RunAsync(() => token.Sign());
        await token.WaitForCallsAsync("C_Sign", 1);

        Assert.Equal(Ok, token.Sign(other, out bool verifies));
        Assert.True(verifies);
        Assert.False(stuck.IsCompleted);
        token.Faulty.Clear();
        Assert.Equal(Ok, await stuck.WaitAsync(s_limit, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("C_Initialize")]
    [InlineData("C_Finalize")]
    public async Task Start_and_end_fail_on_order(string function)
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set($"{function} return 0x5");
        Assert.Equal<nuint>(0x5, function == "C_Finalize" ? token.Module.Terminate() : token.Module.Initialize());
        token.AssertSigns();
    }

    [Fact]
    public async Task Return_with_a_number_fails_so_many_times()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set("C_SignInit return 0x30 2", "C_Login return 0xA0");
        Assert.Equal<nuint>(0x30, token.Sign());
        Assert.Equal<nuint>(0x30, token.Sign());
        token.AssertSigns();
        Assert.Equal<nuint>(0xA0, token.Module.Login(token.Session, RawToken.Pin));
        Assert.Equal(3, token.Faulty.Calls("C_SignInit"));
    }

    [Fact]
    public async Task Wrong_spoils_the_signature()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set("C_Sign wrong 1");
        Assert.Equal(Ok, token.Sign(out bool verifies));
        Assert.False(verifies);
        token.AssertSigns();
    }

    [Fact]
    public async Task Limit_counts_open_sessions()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set("C_OpenSession limit 2");
        nuint second = token.Module.OpenSession(token.Slot);
        Assert.Equal(SessionCount, token.Module.OpenSession(token.Slot, out _));
        Assert.Equal(2, token.Faulty.OpenSessions);

        token.Module.CloseSession(second);
        Assert.Equal(Ok, token.Module.OpenSession(token.Slot, out _));
    }

    [Fact]
    public async Task Token_that_was_gone_comes_back_without_sessions_and_login()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set("token gone");
        Assert.Equal(DeviceRemoved, token.Sign());
        Assert.Equal(DeviceRemoved, token.Module.Login(token.Session, RawToken.Pin));
        Assert.Equal(DeviceRemoved, token.Module.CloseSession(token.Session));
        Assert.Equal(TokenNotPresent, token.Module.OpenSession(token.Slot, out _));
        Assert.Equal(TokenNotPresent, token.Module.GetTokenInfo(token.Slot, out _));
        Assert.Empty(token.Module.Slots());
        Assert.Equal(0, token.Faulty.OpenSessions);

        token.Faulty.Clear();
        Assert.Equal(SessionHandleInvalid, token.Sign());
        Assert.Equal(token.Slot, token.Module.SlotOf(RawToken.Label));
        nuint session = token.Module.OpenSession(token.Slot);
        Assert.NotEqual(Ok, token.Sign(session, out _));
        Assert.Equal<nuint>(0, token.Module.FindKey(session, RawToken.KeyLabel));
        token.Open();
        token.AssertSigns();
    }

    [Fact]
    public async Task Sessions_become_invalid_once()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set("sessions invalid");
        Assert.Equal(SessionHandleInvalid, token.Sign());
        token.Open();
        token.AssertSigns();
    }

    [Fact]
    public async Task Token_goes_while_threads_sign()
    {
        using RawToken token = await RawToken.CreateAsync();
        nuint[] sessions = [.. Enumerable.Range(0, 3).Select(_ => token.Module.OpenSession(token.Slot))];
        Task<nuint>[] signing = [.. sessions.Select(session => RunAsync(() => SignUntilItFails(token, session)))];
        await token.WaitForCallsAsync("C_Sign", 200);

        token.Faulty.Set("token gone");
        nuint[] ends = await Task.WhenAll(signing).WaitAsync(s_limit, TestContext.Current.CancellationToken);
        Assert.All(ends, rv => Assert.Equal(DeviceRemoved, rv));
    }

    [Fact]
    public async Task Null_entry_is_null_in_the_next_list()
    {
        using RawToken token = await RawToken.CreateAsync();
        token.Faulty.Set("null C_SignInit");
        RawModule module = Load(token.Faulty.ModulePath);
        Assert.False(module.Has(Function.SignInit));
        Assert.True(module.Has(Function.Sign));
    }

    [Fact]
    public async Task Interface_of_version_3_is_there_on_order()
    {
        using RawToken token = await RawToken.CreateAsync();
        Assert.Equal<nuint>(0x54, GetInterface(token.Faulty.ModulePath, out _));
        token.Faulty.Set("interface 3.0");
        Assert.Equal(Ok, GetInterface(token.Faulty.ModulePath, out Version? version));
        Assert.Equal(new Version(3, 0), version);
    }

    [Fact]
    public void Unknown_directive_is_an_error()
    {
        using FaultyModule faulty = FaultyModule.Create();
        Assert.Contains("C_Sing hang", Assert.Throws<ArgumentException>(() => faulty.Set("C_Sign hang", "C_Sing hang")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => faulty.Set("C_Login wrong"));
        Assert.Throws<ArgumentException>(() => faulty.Set("C_Sign return nothing"));
        Assert.Throws<ArgumentException>(() => faulty.Set("C_Digest hang"));
        Assert.Throws<ArgumentException>(() => faulty.Calls("C_Digest"));
    }

    private static nuint SignUntilItFails(RawToken token, nuint session)
    {
        nuint rv;
        do
        {
            rv = token.Sign(session, out _);
        }
        while (rv == Ok);

        return rv;
    }

    // Of its own, because calls block.
    private static Task<T> RunAsync<T>(Func<T> call) =>
        Task.Factory.StartNew(call, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

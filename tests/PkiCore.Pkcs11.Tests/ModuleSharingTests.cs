using System.Diagnostics;
using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>A module is started once, whoever uses it, and ends after the last.</summary>
public sealed class ModuleSharingTests
{
    [Fact]
    public async Task Two_paths_to_a_library_are_one_module()
    {
        using TestToken token = await TestToken.CreateAsync();
        string link = Path.Combine(token.Module.Tokens.FullPath, "link.so");
        File.CreateSymbolicLink(link, token.Module.ModulePath);
        using Pkcs11Signer one = token.OpenSigner();
        using var two = Pkcs11Signer.Open(token.KeyUri.Replace(token.Module.ModulePath, link, StringComparison.Ordinal), token.Certificate);
        token.SignAndVerify(one);
        token.SignAndVerify(two);
        Assert.Equal((1, 1, 1), (token.Module.Calls("C_Initialize"), token.Module.Calls("C_Login"), token.Module.OpenSessions));
    }

    [Fact]
    public async Task A_library_that_would_give_another_list_of_functions_each_time_is_one_module_and_is_asked_once()
    {
        using TestToken token = await TestToken.CreateAsync();
        token.Module.Set("interface 3.0");
        using Pkcs11Signer one = token.OpenSigner();
        token.Module.Clear(); // from here on it would give its list of version 2.40
        using Pkcs11Signer two = token.OpenSigner();
        token.SignAndVerify(one);
        token.SignAndVerify(two);
        Assert.Equal((1, 1, 1), (token.Module.Calls("C_Initialize"), token.Module.Calls("C_Login"), token.Module.OpenSessions));
        Assert.Equal(0, token.Module.Calls("C_GetFunctionList"));
    }

    [Fact]
    public async Task It_is_finalised_after_the_last_user_and_started_again_for_the_next()
    {
        using TestToken token = await TestToken.CreateAsync();
        Pkcs11Signer one = token.OpenSigner();
        var two = Pkcs11Token.Open(token.TokenUri);
        one.Dispose();
        one.Dispose();
        Assert.Single(two.FindKeys());
        Assert.Contains("disposed", Assert.Throws<SigningException>(() => token.SignAndVerify(one)).Message, StringComparison.Ordinal);
        Assert.Equal(0, token.Module.Calls("C_Finalize"));
        two.Dispose();
        Assert.Equal((1, 0), (token.Module.Calls("C_Finalize"), token.Module.OpenSessions));
        using Pkcs11Signer again = token.OpenSigner();
        token.SignAndVerify(again);
    }

    [Fact]
    public async Task What_somebody_else_started_is_not_finalised()
    {
        using TestToken token = await TestToken.CreateAsync();
        RawModule module = RawModule.Load(token.Module.ModulePath);
        Assert.Equal(RawModule.Ok, module.Initialize());
        using (Pkcs11Signer signer = token.OpenSigner())
        {
            token.SignAndVerify(signer);
        }

        Assert.Equal(0, token.Module.Calls("C_Finalize"));
        Assert.NotEmpty(module.Slots());
        Assert.Equal(RawModule.Ok, module.Terminate());
    }

    [Fact]
    public async Task What_somebody_else_finalised_is_started_again_within_the_call()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner();
        Assert.Equal(RawModule.Ok, RawModule.Load(token.Module.ModulePath).Terminate());
        token.SignAndVerify(signer);
        Assert.Equal(2, token.Module.Calls("C_Initialize"));
    }

    [Fact]
    public async Task Disposed_under_load_calls_end_and_the_module_is_finalised_after_the_last()
    {
        using TestToken token = await TestToken.CreateAsync();
        for (int round = 0; round < 20; round++)
        {
            Pkcs11Signer signer = token.OpenSigner(new Pkcs11Options { MaxSessions = 2 });
            using var load = new SigningLoad(signer, 4, TimeSpan.FromSeconds(5));
            await load.MoreAsync(20);
            signer.Dispose();
            Assert.Equal((round + 1, 0), (token.Module.Calls("C_Finalize"), token.Module.OpenSessions));
            load.Stop();
            Assert.Equal((0, 0), (load.Wrong, load.Surprises.Count));
            Assert.All(load.Faults, fault => Assert.Contains("disposed", fault.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_signer_disposed_while_others_use_the_token_ends_by_itself()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer other = token.OpenSigner();
        for (int round = 0; round < 20; round++)
        {
            Pkcs11Signer signer = token.OpenSigner();
            using var load = new SigningLoad(signer, 4, TimeSpan.FromSeconds(5));
            await load.MoreAsync(20);
            signer.Dispose();
            Assert.Throws<SigningException>(() => token.SignAndVerify(signer));
            load.Stop();
            Assert.Empty(load.Surprises);
        }

        token.SignAndVerify(other);
    }

    [Theory]
    [InlineData("C_Sign")]
    [InlineData("C_CloseSession")]
    public async Task Disposed_while_a_call_hangs_the_module_is_finalised_when_it_comes_back(string function)
    {
        using TestToken token = await TestToken.CreateAsync();
        Pkcs11Signer signer = token.OpenSigner(new Pkcs11Options { CallLimit = TimeSpan.FromMilliseconds(300) });
        int before = token.Module.Calls(function);
        token.Module.Set($"{function} hang");
        Task<SigningException?> stuck = function == "C_Sign" ? TestToken.RunForFaultAsync(() => token.SignAndVerify(signer)) : Task.FromResult<SigningException?>(null);
        if (function == "C_Sign")
        {
            await token.WaitForCallsAsync(function, before + 1);
        }

        long start = Stopwatch.GetTimestamp();
        await TestToken.RunForFaultAsync(signer.Dispose).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 250, 15000);
        Assert.Equal(0, token.Module.Calls("C_Finalize"));
        token.Module.Clear();
        await stuck;
        await token.WaitForCallsAsync("C_Finalize", 1);
    }

    [Fact]
    public async Task A_process_on_plain_SoftHSM_that_disposes_its_signer_under_load_ends_well()
    {
        using TestToken token = await TestToken.CreateAsync();
        string certificate = Path.Combine(token.Module.Tokens.FullPath, "certificate.der");
        await File.WriteAllBytesAsync(certificate, token.Certificate.RawData, TestContext.Current.CancellationToken);
        string uri = token.KeyUri.Replace(token.Module.ModulePath, SoftHsm.ModulePath, StringComparison.Ordinal);
        for (int run = 0; run < 20; run++)
        {
            ToolResult result = await SigningProcess.RunAsync(token.Module.Tokens, uri, certificate);
            Assert.True(result.ExitCode == 0, $"run {run}: {result}");
            Assert.True(int.Parse(result.Output, System.Globalization.CultureInfo.InvariantCulture) > 50);
        }
    }
}

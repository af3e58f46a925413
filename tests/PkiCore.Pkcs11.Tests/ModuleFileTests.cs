using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>Files that are no module that can be used.</summary>
public sealed class ModuleFileTests
{
    [Theory]
    [InlineData("missing", "is not there")]
    [InlineData("text", "cannot be loaded")]
    [InlineData("other machine", "cannot be loaded")]
    [InlineData("no PKCS#11", "C_GetFunctionList")]
    public void A_file_that_is_no_module_is_named_with_what_is_wrong(string kind, string reason)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("module.so");
        switch (kind)
        {
            case "text":
                File.WriteAllText(path, "not a library");
                break;
            case "other machine":
                File.WriteAllBytes(path, FakeElf());
                break;
            case "no PKCS#11":
                File.Copy(FindLibc(), path);
                break;
        }

        SigningException fault = Assert.Throws<SigningException>(() => Pkcs11Token.Open($"pkcs11:token=x?module-path={path}"));
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task A_module_that_does_not_start_says_why_and_may_be_tried_again()
    {
        using TestToken token = await TestToken.CreateAsync();
        token.Module.Set("C_Initialize return 0x5");
        SigningException fault = Assert.Throws<SigningException>(() => token.OpenSigner());
        Assert.Contains("C_Initialize returned CKR_GENERAL_ERROR", fault.Message, StringComparison.Ordinal);
        Assert.Contains(token.Module.ModulePath, fault.Message, StringComparison.Ordinal);

        token.Module.Clear();
        using Pkcs11Signer signer = token.OpenSigner();
        token.SignAndVerify(signer);
    }

    [Theory]
    [InlineData("C_SignInit")]
    [InlineData("C_FindObjectsInit")]
    [InlineData("C_Login")]
    [InlineData("C_OpenSession")]
    [InlineData("C_GetSlotList")]
    public async Task A_function_that_the_module_lacks_is_not_called(string function)
    {
        using TestToken token = await TestToken.CreateAsync();
        token.Module.Set($"null {function}");
        SigningException fault = Assert.Throws<SigningException>(() => token.OpenSigner());
        Assert.Equal("CKR_FUNCTION_NOT_SUPPORTED", fault.ErrorCode);
        Assert.Contains(function, fault.Message, StringComparison.Ordinal);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task A_module_of_version_3_is_used_by_its_newest_list()
    {
        using TestToken token = await TestToken.CreateAsync();
        token.Module.Set("interface 3.0");
        using Pkcs11Signer signer = token.OpenSigner();
        token.SignAndVerify(signer);
    }

    [Fact]
    public async Task What_a_call_returns_is_in_the_fault_the_metric_and_the_log()
    {
        using TestToken token = await TestToken.CreateAsync();
        using var metrics = new CollectedMetrics(token.Label);
        using Pkcs11Signer signer = token.OpenSigner();
        token.Module.Set("C_Sign return 0x80000123 1");
        SigningException fault = Assert.Throws<SigningException>(() => token.SignAndVerify(signer));
        Assert.Equal(("0x80000123", true), (fault.ErrorCode, fault.IsTransient));
        Assert.Equal(1, metrics.Sum("pkicore.pkcs11.failures", "function=C_Sign,code=0x80000123"));
        token.SignAndVerify(signer);
    }

    [Theory]
    [InlineData("C_Sign return 0x30")] // CKR_DEVICE_ERROR
    [InlineData("C_SignInit return 0x68")] // CKR_KEY_FUNCTION_NOT_PERMITTED
    public async Task A_token_that_cannot_sign_is_not_up_until_it_does_and_is_logged_once(string directive)
    {
        using TestToken token = await TestToken.CreateAsync();
        using var log = new CollectedLog();
        using var metrics = new CollectedMetrics(token.Label);
        using Pkcs11Signer signer = token.OpenSigner(new Pkcs11Options { LoggerFactory = log });
        Assert.Equal((null, 1), (signer.Problem, metrics.Now("pkicore.pkcs11.up")));
        for (int i = 0; i < 3; i++)
        {
            token.Module.Set(directive);
            string fault = Assert.Throws<SigningException>(() => token.SignAndVerify(signer)).Message;
            Assert.Equal((fault, 0), (signer.Problem, metrics.Now("pkicore.pkcs11.up")));
            token.Module.Clear();
            token.SignAndVerify(signer);
            Assert.Equal((null, 1), (signer.Problem, metrics.Now("pkicore.pkcs11.up")));
        }

        Assert.Equal(1, log.Count(151));
    }

    [Theory]
    [InlineData("C_GetSlotList", "token gone")]
    [InlineData("C_GetTokenInfo", "sessions invalid")]
    [InlineData("C_Initialize", "finalised")]
    public async Task What_fails_while_connecting_is_in_the_metric(string function, string loss)
    {
        using TestToken token = await TestToken.CreateAsync();
        using var metrics = new CollectedMetrics(token.Label);
        using Pkcs11Signer signer = token.OpenSigner();
        if (loss == "finalised")
        {
            Assert.Equal(RawModule.Ok, RawModule.Load(token.Module.ModulePath).Terminate());
        }

        string failure = $"{function} return 0x30";
        token.Module.Set(loss == "finalised" ? [failure] : [failure, loss]);
        Assert.Throws<SigningException>(() => token.SignAndVerify(signer));
        Assert.Equal(0, metrics.Now("pkicore.pkcs11.up"));
        Assert.True(metrics.Sum("pkicore.pkcs11.failures", $"function={function},code=CKR_DEVICE_ERROR") >= 1);
    }

    private static string FindLibc() => File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..]).First(path => path.EndsWith("/libc.so.6", StringComparison.Ordinal));

    /// <summary>The header of a 64-bit shared library for SPARC.</summary>
    private static byte[] FakeElf()
    {
        byte[] header = new byte[4096];
        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 2, 1 }.CopyTo(header, 0);
        header[17] = 3; // ET_DYN
        header[19] = 43; // EM_SPARCV9
        return header;
    }
}

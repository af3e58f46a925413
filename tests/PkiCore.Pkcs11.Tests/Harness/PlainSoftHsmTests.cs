using static PkiCore.Pkcs11.Tests.Harness.RawModule;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>SoftHSM without anything in between, of which a process has one.</summary>
[Collection(PlainSoftHsmGroup.Name)]
public sealed class PlainSoftHsmTests
{
    private const string Pin = "1234";

    [Fact]
    public async Task SoftHSM_itself_works_in_this_process()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var tokens = new SoftHsm();
        await tokens.InitializeTokenAsync("plain", Pin, "so-pin", cancellation);
        tokens.UseInThisProcess();

        RawModule module = Load(SoftHsm.ModulePath);
        Assert.Equal(Ok, module.Initialize());
        Assert.NotEqual<nuint>(0, module.SlotOf("plain"));
        Assert.Equal(Ok, module.Terminate());
    }
}

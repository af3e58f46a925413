using System.Security.Cryptography;
using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

public sealed class OverloadTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Callers_that_wait_long_for_a_session_take_no_token_out()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using TestToken one = await TestToken.CreateAsync(key);
        using TestToken other = await TestToken.CreateAsync(key);
        using var log = new CollectedLog();
        var options = new Pkcs11Options { MaxSessions = 1, LoggerFactory = log };
        using var signer = new FailoverSigner([one.OpenSigner(options), other.OpenSigner(options)], log);
        one.Module.Set("C_Sign delay 50");
        other.Module.Set("C_Sign delay 50");
        using var load = new SigningLoad(signer, 40, s_timeout); // 20 for each session, a second in the queue

        await load.MoreAsync(120);
        Assert.Null(signer.Problem);
        load.Stop();

        Assert.True(load.Longest > FailoverMember.SlowAfter, "nobody waited");
        Assert.Equal((0, 0, 0), (load.Wrong, load.Faults.Count, log.Count(120)));
    }
}

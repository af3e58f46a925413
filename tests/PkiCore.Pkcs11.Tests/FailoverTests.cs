using System.Diagnostics;
using System.Security.Cryptography;
using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>The same key on two tokens in two modules, one of which shows a fault.</summary>
public sealed class FailoverTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task When_one_token_hangs_the_other_carries_on_until_it_is_back()
    {
        using TwoTokens two = await TwoTokens.CreateAsync();
        using var metrics = new CollectedMetrics(two.One.Label);
        using var before = new SigningLoad(two.Signer, 4, s_timeout);
        await before.MoreAsync(100);
        before.Stop();

        two.One.Module.Set("C_Sign hang");
        long start = Stopwatch.GetTimestamp();
        using var load = new SigningLoad(two.Signer, 6, s_timeout);
        await Eventually.HoldsAsync("one is out", () => two.Signer.Problem is not null, TestContext.Current.CancellationToken);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 25);
        await load.MoreAsync(100);
        Assert.Contains(two.One.Label, two.Signer.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(two.Other.Label, two.Signer.Problem, StringComparison.Ordinal);
        Assert.Equal(0, metrics.Now("pkicore.signer.up"));
        await Eventually.HoldsAsync("stuck calls are counted", () => metrics.Now("pkicore.pkcs11.stuck_calls") >= 1, TestContext.Current.CancellationToken);

        two.One.Module.Clear();
        await Eventually.HoldsAsync("it is back", () => two.Signer.Problem is null, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("stuck calls are counted down", () => metrics.Now("pkicore.pkcs11.stuck_calls") == 0, TestContext.Current.CancellationToken);
        int calls = two.One.Module.Calls("C_Sign");
        await load.MoreAsync(100);
        load.Stop();
        Assert.True(two.One.Module.Calls("C_Sign") > calls);
        Assert.Equal((0, 0, 0), (load.Wrong, load.Faults.Count, load.Surprises.Count));
        Assert.InRange(two.Log.Count(120), 1, 5); // a slow machine may take one out again
        Assert.Equal(two.Log.Count(120), two.Log.Count(121));
        Assert.True(two.Log.Count(152) >= 1);
        Assert.Equal(two.Log.Count(152), two.Log.Count(153));
        Assert.Equal(1, metrics.Now("pkicore.signer.up"));
    }

    [Fact]
    public async Task Wrong_signatures_do_not_leave_and_their_token_is_out_until_it_computes_rightly()
    {
        using TwoTokens two = await TwoTokens.CreateAsync();
        using var metrics = new CollectedMetrics(two.One.Label);
        using var load = new SigningLoad(two.Signer, 2, s_timeout);
        await load.MoreAsync(20);
        two.One.Module.Set("C_Sign wrong");
        await Eventually.HoldsAsync("one is out", () => two.Signer.Problem is not null, TestContext.Current.CancellationToken);
        await load.MoreAsync(50);
        Assert.Contains("does not verify", two.Signer.Problem, StringComparison.Ordinal);
        Assert.True(two.Log.Count(155) >= 3);
        Assert.True(metrics.Sum("pkicore.pkcs11.failures", "wrong signature") >= 3);

        two.One.Module.Clear();
        await Eventually.HoldsAsync("it is back", () => two.Signer.Problem is null, TestContext.Current.CancellationToken);
        load.Stop();
        Assert.Equal((0, 0, 0), (load.Wrong, load.Faults.Count, load.Surprises.Count));
    }

    [Fact]
    public async Task When_all_are_out_the_fault_is_transient_names_each_and_comes_within_the_deadline()
    {
        using TwoTokens two = await TwoTokens.CreateAsync();
        two.One.Module.Set("token gone");
        two.Other.Module.Set("C_Sign return 0x30"); // CKR_DEVICE_ERROR
        for (int i = 0; i < 6; i++)
        {
            long start = Stopwatch.GetTimestamp();
            SigningException fault = Assert.Throws<SigningException>(() => two.One.SignAndVerify(two.Signer, TimeSpan.FromSeconds(2)));
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
            Assert.True(fault.IsTransient);
            Assert.Contains(two.One.Label, fault.Message, StringComparison.Ordinal);
            Assert.Contains(two.Other.Label, fault.Message, StringComparison.Ordinal);
            Assert.Contains("CKR_DEVICE_ERROR", fault.Message, StringComparison.Ordinal);
        }

        two.One.Module.Clear();
        two.Other.Module.Clear();
        await Eventually.HoldsAsync("both are back", () => two.Signer.Problem is null, TestContext.Current.CancellationToken);
        two.One.SignAndVerify(two.Signer);
    }

    [Fact]
    public async Task A_token_that_is_not_there_at_the_start_joins_when_it_comes()
    {
        using TwoTokens two = await TwoTokens.CreateAsync("token gone");
        Assert.Contains(two.One.Label, two.Signer.Problem, StringComparison.Ordinal);
        two.One.SignAndVerify(two.Signer);
        two.One.Module.Clear();
        await Eventually.HoldsAsync("it is back", () => two.Signer.Problem is null, TestContext.Current.CancellationToken);
    }

    private sealed class TwoTokens : IDisposable
    {
        private TwoTokens(TestToken one, TestToken other, string[] directives)
        {
            One = one;
            Other = other;
            one.Module.Set(directives);
            var options = new Pkcs11Options { LoggerFactory = Log, CallLimit = TimeSpan.FromSeconds(1) };
            Signer = new FailoverSigner([Open(one, options), Open(other, options)], Log);
        }

        public TestToken One { get; }

        public TestToken Other { get; }

        public CollectedLog Log { get; } = new();

        public FailoverSigner Signer { get; }

        public static async Task<TwoTokens> CreateAsync(params string[] directives)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return new TwoTokens(await TestToken.CreateAsync(key), await TestToken.CreateAsync(key), directives);
        }

        public void Dispose()
        {
            One.Module.Clear();
            Other.Module.Clear();
            Signer.Dispose();
            One.Dispose();
            Other.Dispose();
            Log.Dispose();
        }

        private static Pkcs11Signer Open(TestToken token, Pkcs11Options options) => token.OpenSigner(options);
    }
}

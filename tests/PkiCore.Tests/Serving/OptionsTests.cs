using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

public sealed class OptionsTests
{
    public static TheoryData<string, OcspResponderOptions> Wrong => new()
    {
        { "Validity", new() { Validity = TimeSpan.FromMinutes(4) } },
        { "Validity", new() { Validity = TimeSpan.FromDays(367) } },
        { "Validity", new() { Validity = TimeSpan.FromHours(7), PublicCaProfile = true } },
        { "Validity", new() { Validity = TimeSpan.FromDays(10), PublicCaProfile = true } },
        { "PreparedHashes", new() { PreparedHashes = [] } },
        { "PreparedHashes", new() { PreparedHashes = [(CertIdHash)77] } },
        { "CombineHashes", new() { PreparedHashes = [CertIdHash.Sha256, CertIdHash.Sha256], CombineHashes = true } },
        { "MaxCertificatesPerRequest", new() { MaxCertificatesPerRequest = 0 } },
        { "MaxCertificatesPerRequest", new() { MaxCertificatesPerRequest = 41 } },
        { "MaxSourceAge", new() { MaxSourceAge = TimeSpan.Zero } },
        { "LiveConcurrency", new() { LiveConcurrency = 0 } },
        { "LiveConcurrency", new() { LiveConcurrency = 1025 } },
        { "LiveQueueLength", new() { LiveQueueLength = 0 } },
        { "LiveTimeout", new() { LiveTimeout = TimeSpan.Zero } },
        { "LiveTimeout", new() { LiveTimeout = TimeSpan.FromMinutes(2) } },
        { "Nonce", new() { Nonce = (NoncePolicy)7 } },
        { "UnknownSerial", new() { UnknownSerial = (UnknownSerialPolicy)7 } },
        { "ResponderId", new() { ResponderId = (PkiCore.Ocsp.ResponderIdKind)7 } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    [Requirement("BR-13")]
    public void A_setting_out_of_range_is_named(string name, OcspResponderOptions options)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new OcspResponder(options));

        Assert.Equal(name, refusal.ParamName);
        Assert.StartsWith(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_live_lane_is_as_wide_as_a_device_allows_or_leaves_half_of_the_processors()
    {
        int half = Math.Max(1, Environment.ProcessorCount / 2);

        Assert.Equal(Environment.ProcessorCount + 62, new OcspResponderOptions().GetLiveConcurrency(Environment.ProcessorCount + 62));
        Assert.Equal(half, new OcspResponderOptions().GetLiveConcurrency(Environment.ProcessorCount));
        Assert.Equal(half, new OcspResponderOptions().GetLiveConcurrency(1));
        Assert.Equal(3, new OcspResponderOptions { LiveConcurrency = 3 }.GetLiveConcurrency(64));
    }

    [Fact]
    public async Task Later_changes_of_the_options_have_no_effect()
    {
        var options = new OcspResponderOptions();
        await using TestRig rig = await TestRig.StartPreparedAsync(new TestRig(options), TestRig.Good("01"));

        options.Nonce = NoncePolicy.Sign;

        Assert.NotNull(rig.Answer(new TestRequest().Add(rig.Authority.Issuer, "01").WithNonce([1]).Encode()).Answer.Batch);
    }
}

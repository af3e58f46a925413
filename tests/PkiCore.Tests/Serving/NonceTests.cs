using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

public sealed class NonceTests
{
    private static readonly byte[] s_nonce = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    [Fact]
    [Requirement("OX-3", "OX-4", "T-13", "RS-14")]
    public async Task Ignored_it_is_answered_from_what_is_prepared_without_it()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));

        Reply reply = rig.Answer(Request(rig, s_nonce));

        Assert.Equal(OcspOutcome.Good, reply.Outcome);
        Assert.NotNull(reply.Answer.Batch);
        Assert.Empty(reply.Response.Nonce.ToArray());
        Assert.Equal(rig.Answer("01").Bytes, reply.Bytes);
    }

    [Fact]
    [Requirement("OX-3")]
    public async Task Ignored_it_stays_out_of_live_replies_too()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        byte[] request = new TestRequest().Add(rig.Authority.Issuer, "01").Add(rig.Authority.Issuer, "01").WithNonce(s_nonce).Encode();

        Assert.Empty((await rig.AskAsync(request)).Response.Nonce.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(128)]
    [Requirement("OX-1", "OX-2", "OX-4", "HC-9", "T-13")]
    public async Task Signed_it_comes_back_in_a_reply_that_no_cache_may_keep(int length)
    {
        await using TestRig rig = await StartSigningAsync();
        byte[] nonce = [.. Enumerable.Range(0, length).Select(i => (byte)(255 - i))];
        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer(Request(rig, nonce)).Outcome);

        Reply reply = await rig.AskAsync(Request(rig, nonce));

        Assert.Equal(OcspOutcome.Good, reply.Outcome);
        Assert.Equal(nonce, reply.Response.Nonce.ToArray());
        Assert.Null(reply.Answer.Batch);
    }

    [Fact]
    [Requirement("T-13")]
    public async Task Two_nonces_never_share_a_reply()
    {
        await using TestRig rig = await StartSigningAsync();
        byte[][] nonces = [.. Enumerable.Range(0, 50).Select(i => (byte[])[.. s_nonce, (byte)i])];

        Reply[] replies = await Task.WhenAll(nonces.Select(nonce => rig.AskAsync(Request(rig, nonce))));

        Assert.Equal(nonces, replies.Select(reply => reply.Response.Nonce.ToArray()));
    }

    [Fact]
    public async Task Without_one_the_prepared_answer_is_given_under_either_policy()
    {
        await using TestRig rig = await StartSigningAsync();

        Assert.NotNull(rig.Answer("01").Answer.Batch);
    }

    [Fact]
    public async Task A_nonce_does_not_get_a_signature_for_what_is_unauthorized_anyway()
    {
        await using TestRig rig = await StartSigningAsync();

        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(new TestRequest().Add(rig.Authority.Issuer, "FF").WithNonce(s_nonce).Encode()).Outcome);
    }

    [Theory]
    [InlineData(NoncePolicy.Ignore, 0)]
    [InlineData(NoncePolicy.Ignore, 129)]
    [InlineData(NoncePolicy.Sign, 0)]
    [InlineData(NoncePolicy.Sign, 129)]
    [Requirement("OX-2")]
    public async Task Empty_and_overlong_ones_are_malformed(NoncePolicy policy, int length)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { Nonce = policy }), Good("01"));

        Assert.Equal(OcspOutcome.MalformedRequest, rig.Answer(Request(rig, new byte[length])).Outcome);
    }

    private static byte[] Request(TestRig rig, byte[] nonce) => new TestRequest().Add(rig.Authority.Issuer, "01").WithNonce(nonce).Encode();

    private static Task<TestRig> StartSigningAsync() =>
        StartPreparedAsync(new TestRig(new OcspResponderOptions { Nonce = NoncePolicy.Sign }), Good("01"));
}

using Microsoft.AspNetCore.Http;
using PkiCore.AspNetCore;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Tests.AspNetCore;

/// <summary>When a client is told that it has the reply already.</summary>
public sealed class ConditionalRequestTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UnixEpoch;

    private readonly SigningBatch _batch = new(
        SigningBatch.NextNumber(), new OcspResponseTemplate([], s_now, s_now, s_now, SignatureAlgorithm.EcdsaWithSha256, []), new StoredSignature(64, IsPair: true), 0, s_now, s_now, s_now.AddDays(4), s_now.AddDays(2));

    [Fact]
    [Requirement("HC-10")]
    public void Same_date_is_enough_for_a_good_answer() => Assert.True(ByDate(OcspOutcome.Good));

    [Fact]
    [Requirement("HC-10")]
    public void Same_date_is_not_enough_for_a_revoked_one_because_the_good_one_may_be_of_the_same_second() => Assert.False(ByDate(OcspOutcome.Revoked));

    [Fact]
    [Requirement("HC-10")]
    public void Same_tag_is_enough_for_both()
    {
        var headers = new HeaderDictionary { ["If-None-Match"] = _batch.ETag };
        Assert.True(ConditionalRequest.IsNotModified(headers, OcspOutcome.Good, _batch));
        Assert.True(ConditionalRequest.IsNotModified(headers, OcspOutcome.Revoked, _batch));
    }

    private bool ByDate(OcspOutcome outcome) =>
        ConditionalRequest.IsNotModified(new HeaderDictionary { ["If-Modified-Since"] = _batch.LastModified }, outcome, _batch);
}

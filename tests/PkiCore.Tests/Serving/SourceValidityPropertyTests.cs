using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

/// <summary>The times of what is signed from a source with an end, over whatever times there are.</summary>
public sealed class SourceValidityPropertyTests
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_maxAge = TimeSpan.FromMinutes(15);
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Requirement("MZ-3", "RS-11")]
    public void NextUpdate_is_never_past_the_source_the_signer_or_the_validity(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++)
        {
            OcspResponderOptions options = CreateOptions(random);
            DateTimeOffset now = s_start + Up(random, TimeSpan.FromDays(400));
            var reading = new SourceReading(now - Up(random, TimeSpan.FromDays(400)), 0, now + Up(random, TimeSpan.FromDays(400)) - TimeSpan.FromMinutes(2));
            DateTimeOffset signerEnd = now + Up(random, TimeSpan.FromDays(400));

            bool isSigned = new SigningTerms(options).TryGetNextUpdate(now, in reading, signerEnd, out DateTimeOffset nextUpdate);

            DateTimeOffset expected = new[] { reading.ValidUntil!.Value, signerEnd, now + options.Validity }.Min();
            Assert.Equal(expected, nextUpdate);
            Assert.Equal(expected - now >= TimeSpan.FromMinutes(1), isSigned);
            Assert.True(!isSigned || reading.IsFresh(now, s_maxAge)); // what can be signed may be
            Assert.Equal(reading.ValidUntil - now >= TimeSpan.FromMinutes(1), reading.IsFresh(now, s_maxAge));
            if (isSigned)
            {
                SigningBatch batch = Sign(new SigningTerms(options), now, in reading, signerEnd, i);
                Assert.True(batch.ThisUpdate <= batch.ProducedAt);
                Assert.InRange(batch.NextUpdate, now, expected);
                Assert.True(batch.RefreshAt < batch.NextUpdate || batch.RefreshAt == now + TimeSpan.FromMinutes(1)); // the signer's last minute
                Assert.False(new SigningTerms(options).IsLate(batch, now, in reading));
                Assert.False(batch.IsDue(now, now + (options.Validity / ServedIssuer.ForesightShare), in reading));
            }
        }
    }

    /// <summary>A presigner that signs what is due, against sources that come whenever they like.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public void While_the_source_is_valid_there_is_an_answer_and_it_is_not_signed_more_often_than_is_of_use(int seed)
    {
        var random = new Random(seed);
        OcspResponderOptions options = CreateOptions(random);
        var terms = new SigningTerms(options);
        SourceReading reading = Publish(random, s_start);
        DateTimeOffset nextReading = s_start + Up(random, TimeSpan.FromHours(2));
        SigningBatch? batch = null;
        long number = seed;
        (int signed, DateTimeOffset since) = (0, s_start);
        for (DateTimeOffset now = s_start; now < s_start.AddHours(24); now += s_step)
        {
            bool wasOfNoUse = batch is null || !reading.IsFresh(now - s_step, s_maxAge) || reading.SaysNoMoreThan(batch);
            Assert.True(batch?.IsUsable(now) != false || wasOfNoUse); // it was signed again in time, if that was of use
            if (now >= nextReading)
            {
                // The first on the strength of a reading, the last that lasts as long as it, and in between one in each of the shortest ages.
                Assert.InRange(signed, 0, 2 + (int)((now - since) / options.EarliestRefresh));
                (signed, since) = (0, now);
                reading = Publish(random, now);
                nextReading = now + Up(random, TimeSpan.FromHours(2));
            }

            if (reading.IsFresh(now, s_maxAge) && batch?.IsDue(now, now, in reading) != false)
            {
                batch = Sign(terms, now, in reading, DateTimeOffset.MaxValue, ++number);
                signed++;
            }

            Assert.True(!reading.IsFresh(now, s_maxAge) || batch!.IsUsable(now));
            Assert.True(batch is null || batch.NextUpdate <= batch.Reading.ValidUntil);
        }
    }

    private static SourceReading Publish(Random random, DateTimeOffset now) =>
        new(now - Up(random, TimeSpan.FromMinutes(30)), 0, SigningTerms.FloorToSecond(now + TimeSpan.FromMinutes(1) + Up(random, TimeSpan.FromHours(3))), HeardAt: now);

    private static SigningBatch Sign(SigningTerms terms, DateTimeOffset now, in SourceReading reading, DateTimeOffset signerEnd, long number)
    {
        Assert.True(terms.TryGetNextUpdate(now, in reading, signerEnd, out DateTimeOffset nextUpdate));
        DateTimeOffset producedAt = SigningTerms.FloorToSecond(now);
        DateTimeOffset thisUpdate = SigningTerms.FloorToSecond(reading.Watermark);
        var template = new OcspResponseTemplate([], producedAt, thisUpdate, nextUpdate, SignatureAlgorithm.EcdsaWithSha256, []);
        return new SigningBatch(
            number, template, new StoredSignature(64, IsPair: true), 0, producedAt, thisUpdate, SigningTerms.FloorToSecond(nextUpdate),
            terms.GetRefreshTime(now, thisUpdate, nextUpdate, number, in reading)) { Reading = reading };
    }

    private static OcspResponderOptions CreateOptions(Random random) => new OcspResponderOptions { Validity = TimeSpan.FromMinutes(5) + Up(random, TimeSpan.FromDays(10)) }.Validated();

    /// <summary>As often short as long.</summary>
    private static TimeSpan Up(Random random, TimeSpan most) => most * Math.Pow(random.NextDouble(), 4);
}

using System.Formats.Asn1;
using System.Security.Cryptography;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Answers in two algorithms: ECDSA for all, RSA for those who prefer it (RFC 6960 4.4.7).</summary>
[Requirement("OX-7", "OX-8")]
public sealed class AlternateSignerTests : IDisposable
{
    private const string Ecdsa = "1.2.840.10045.4.3.2";
    private const string Rsa = "1.2.840.113549.1.1.11";
    private const string Unheard = "1.2.3.4";

    private readonly RSA _key = RSA.Create(2048);

    [Theory]
    [InlineData(Rsa, Rsa)]
    [InlineData(Ecdsa, Ecdsa)]
    [InlineData(Rsa, Rsa, Ecdsa)]
    [InlineData(Ecdsa, Ecdsa, Rsa)]
    [InlineData(Rsa, Unheard, Rsa)]
    [InlineData(Ecdsa, Unheard)]
    [InlineData(Ecdsa)]
    public async Task Answer_signed_ahead_is_by_the_first_algorithm_that_is_preferred_and_there(string expected, params string[] preferred)
    {
        await using TestRig rig = await StartBothAsync(Good("01"), Revoked("02"));

        foreach (string serial in (string[])["01", "02"])
        {
            Reply reply = rig.Answer(Request(rig, serial, preferred));
            Assert.NotNull(reply.Answer.Batch);
            rig.Verify(reply);
            Assert.Equal(expected == Rsa ? SignatureAlgorithm.RsaWithSha256 : SignatureAlgorithm.EcdsaWithSha256, reply.Algorithm);
            Assert.Equal(serial == "02", reply.Single.Status == OcspCertificateStatus.Revoked);
        }
    }

    [Fact]
    public async Task Variants_have_their_own_batches_and_so_ETags()
    {
        await using TestRig rig = await StartBothAsync(Good("01"));

        Assert.NotEqual(rig.Answer("01").Answer.Batch!.ETag, rig.Answer(Request(rig, "01", Rsa)).Answer.Batch!.ETag);
    }

    [Fact]
    public async Task Answering_by_preference_allocates_nothing()
    {
        await using TestRig rig = await StartBothAsync(Good("01"));
        byte[] reply = new byte[rig.Responder.MaxResponseLength];
        byte[] request = Request(rig, "01", Unheard, Rsa);

        AllocationBudget.Assert("answer-hit", () => rig.Responder.Answer(request, reply));
    }

    [Fact]
    public async Task Once_one_variant_tells_of_a_revocation_no_other_says_good()
    {
        string[] serials = [.. Enumerable.Range(1, 100).Select(i => i.ToString("X4", null))];
        await using TestRig rig = await StartBothAsync([.. serials.Select(serial => Good(serial))]);
        using var done = new CancellationTokenSource();
        Task<int> watcher = Task.Run(() => Watch(done.Token), TestContext.Current.CancellationToken);

        foreach (string serial in serials)
        {
            await rig.DeliverChangesAsync(Revoked(serial));
            Assert.NotEqual(OcspOutcome.Good, rig.Answer(serial).Outcome);
            Assert.NotEqual(OcspOutcome.Good, rig.Answer(Request(rig, serial, Rsa)).Outcome);
        }

        WaitUntil(() => serials.All(serial => rig.Answer(Request(rig, serial, Rsa)).Outcome == OcspOutcome.Revoked), "all are revoked");
        await done.CancelAsync();
        Assert.True(await watcher > 0);

        int Watch(CancellationToken stop)
        {
            int asked = 0;
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                byte[] plain = rig.Request(serials[i % serials.Length]);
                byte[] preferring = Request(rig, serials[i % serials.Length], Rsa);
                (byte[] first, byte[] second) = i / serials.Length % 2 == 0 ? (plain, preferring) : (preferring, plain);
                bool isRevoked = rig.Answer(first).Outcome == OcspOutcome.Revoked;
                Assert.False(isRevoked && rig.Answer(second).Outcome == OcspOutcome.Good);
                asked++;
            }

            return asked;
        }
    }

    [Fact]
    public async Task Fault_of_the_alternate_leaves_its_clients_to_the_primary_and_service_ready()
    {
        await using var rig = new TestRig();
        using DotNetSigner key = rig.Authority.CreateSigner(key: _key);
        using var alternate = new FaultySigner(key) { Fault = SignerFault.Throws };
        rig.Responder.SetAlternateSigners(rig.Authority.Issuer, alternate);
        await StartPreparedAsync(rig, Good("01"));
        WaitUntil(() => rig.Responder.GetHealth().IsDegraded, "the fault is seen");

        Assert.Equal(SignatureAlgorithm.EcdsaWithSha256, rig.Answer(Request(rig, "01", Rsa)).Algorithm);
        ResponderHealth health = rig.Responder.GetHealth();
        Assert.True(health.IsReady);
        Assert.Empty(health.Issuers[0].Problems);
        Assert.Equal("alternate signer (sha256WithRSAEncryption): the device is gone", Assert.Single(health.Issuers[1].Problems));
        Assert.True(health.Issuers[1] is { IsAlternate: true, Algorithm: "sha256WithRSAEncryption" });
    }

    [Fact]
    public async Task Fault_of_the_primary_leaves_the_alternate_to_its_clients()
    {
        await using var rig = new TestRig();
        rig.Signer.Fault = SignerFault.Throws;
        using DotNetSigner alternate = rig.Authority.CreateSigner(key: _key);
        rig.Responder.SetAlternateSigners(rig.Authority.Issuer, alternate);
        await StartAsync(rig, Good("01"));
        WaitUntil(() => rig.Answer(Request(rig, "01", Rsa)).Answer.Batch is not null, "the alternate has signed");

        Assert.Equal(SignatureAlgorithm.RsaWithSha256, rig.Answer(Request(rig, "01", Ecdsa, Rsa)).Algorithm);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Empty(rig.Responder.GetHealth().Issuers[1].Problems);
    }

    [Fact]
    public async Task Live_signature_is_by_the_preferred_signer_while_it_is_well_else_by_the_primary()
    {
        await using var rig = new TestRig(new OcspResponderOptions { Nonce = NoncePolicy.Sign });
        using DotNetSigner key = rig.Authority.CreateSigner(key: _key);
        using var alternate = new FaultySigner(key);
        rig.Responder.SetAlternateSigners(rig.Authority.Issuer, alternate);
        await StartPreparedAsync(rig, Good("01"));
        byte[] request = new TestRequest().Add(rig.Authority.Issuer, "01").WithNonce([1, 2]).WithExtension(TestRequest.PreferredAlgorithmsOid, critical: false, Preference(Rsa)).Encode();
        Assert.Equal(SignatureAlgorithm.RsaWithSha256, (await rig.AskAsync(request)).Algorithm);

        alternate.Fault = SignerFault.Throws;
        await rig.AskAsync(request); // which shows the fault
        Assert.Equal(SignatureAlgorithm.EcdsaWithSha256, (await rig.AskAsync(request)).Algorithm);
    }

    [Fact]
    public async Task Alternate_that_comes_later_hears_all_of_the_source_and_one_that_goes_leaves_its_clients_to_the_primary()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using DotNetSigner alternate = rig.Authority.CreateSigner(key: _key);

        rig.Responder.SetAlternateSigners(rig.Authority.Issuer, alternate);
        WaitUntil(() => rig.Source.Readings == 2, "the source is read again");
        Assert.Equal(default, rig.Source.LastPosition);
        Assert.Equal(SignatureAlgorithm.EcdsaWithSha256, rig.Answer(Request(rig, "01", Rsa)).Algorithm);
        await rig.DeliverStateAsync(Good("01"), Revoked("02"));
        WaitUntil(() => rig.Answer(Request(rig, "02", Rsa)).Answer.Batch is not null && rig.Answer(Request(rig, "01", Rsa)).Algorithm == SignatureAlgorithm.RsaWithSha256, "the alternate has signed");

        rig.Responder.SetAlternateSigners(rig.Authority.Issuer);
        Assert.Equal(SignatureAlgorithm.EcdsaWithSha256, rig.Answer(Request(rig, "01", Rsa)).Algorithm);
        Assert.Single(rig.Responder.GetHealth().Issuers);
        WaitUntil(() => rig.Source.Readings == 3, "the source is read again");
        await rig.DeliverStateAsync(Good("01"), Revoked("02"), Good("03"));
        rig.WaitUntilPrepared(Good("03"));
    }

    [Fact]
    public async Task Another_signer_by_the_same_algorithm_takes_over_without_reading_the_source_again()
    {
        await using TestRig rig = await StartBothAsync(Good("01"));
        byte[] before = rig.Answer(Request(rig, "01", Rsa)).Bytes;
        using DotNetSigner next = rig.Authority.CreateSigner(key: RSA.Create(2048));

        rig.Responder.SetAlternateSigners(rig.Authority.Issuer, next);
        await rig.DeliverChangesAsync(Good("02"));
        WaitUntil(() => rig.Answer(Request(rig, "02", Rsa)).Answer.Batch is not null && rig.Answer(Request(rig, "02", Rsa)).Algorithm == SignatureAlgorithm.RsaWithSha256, "the next one has signed");

        Assert.Equal(before, rig.Answer(Request(rig, "01", Rsa)).Bytes);
        Assert.Equal(next.Certificate.RawData, rig.Answer(Request(rig, "02", Rsa)).Response.Certificates[0].ToArray());
        Assert.Equal(1, rig.Source.Readings);
    }

    [Fact]
    public async Task Alternate_that_must_not_sign_or_adds_no_algorithm_changes_nothing()
    {
        await using TestRig rig = await StartBothAsync(Good("01"));
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner wrong = other.CreateSigner();
        using DotNetSigner same = rig.Authority.CreateSigner();

        Assert.Throws<SigningException>(() => rig.Responder.SetAlternateSigners(rig.Authority.Issuer, wrong));
        Assert.Throws<ArgumentException>(() => rig.Responder.SetAlternateSigners(rig.Authority.Issuer, same));
        Assert.Throws<ArgumentException>(() => rig.Responder.SetAlternateSigners(other.Issuer, wrong));

        Assert.Equal(SignatureAlgorithm.RsaWithSha256, rig.Answer(Request(rig, "01", Rsa)).Algorithm);
    }

    public void Dispose() => _key.Dispose();

    private async Task<TestRig> StartBothAsync(params StatusChange[] state)
    {
        var rig = new TestRig();
        var key = RSA.Create();
        key.ImportParameters(_key.ExportParameters(includePrivateParameters: true));
        rig.Responder.SetAlternateSigners(rig.Authority.Issuer, rig.Authority.CreateSigner(key: key));
        await StartPreparedAsync(rig, state);
        WaitUntil(
            () => state.All(change => rig.Answer(Request(rig, change.Serial.ToString(), Rsa)) is { Answer.Batch: not null, Algorithm: var algorithm } && algorithm == SignatureAlgorithm.RsaWithSha256),
            "the alternate has signed");
        return rig;
    }

    private static byte[] Request(TestRig rig, string serial, params string[] preferred)
    {
        TestRequest request = new TestRequest().Add(rig.Authority.Issuer, serial);
        return (preferred.Length == 0 ? request : request.WithExtension(TestRequest.PreferredAlgorithmsOid, critical: false, Preference(preferred))).Encode();
    }

    private static byte[] Preference(params string[] algorithms)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string algorithm in algorithms)
            {
                using (writer.PushSequence())
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(algorithm);
                }
            }
        }

        return writer.Encode();
    }
}

using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Tests.Serving;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>A responder that answers by CRLs.</summary>
public sealed class CrlStatusSourceResponderTests
{
    [Fact]
    public async Task Answers_bear_the_times_of_the_CRL_and_unlisted_certificates_are_unauthorized()
    {
        await using var rig = new Rig();
        rig.Crls.Options.IssuedSerialsFile = rig.Crls.File("issued.txt");
        rig.Crls.Write("01\n02\n"u8.ToArray(), "issued.txt");
        SignedCrl crl = rig.Crls.Full(1, Compromised("01")) with { ThisUpdate = rig.Crls.Now.AddHours(-5) };
        rig.Crls.Write(crl);
        await rig.StartAsync();

        foreach ((string serial, OcspOutcome outcome) in new[] { ("01", OcspOutcome.Revoked), ("02", OcspOutcome.Good) })
        {
            OcspSingleResponse single = await rig.AskAsync(serial, outcome);
            Assert.Equal(crl.ThisUpdate, single.ThisUpdate);
            Assert.True(single.NextUpdate <= crl.NextUpdate, $"{serial}: {single.NextUpdate:u}");
        }

        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer("03").Outcome);
    }

    [Fact]
    public async Task Unlisted_certificates_are_good_when_the_settings_say_so()
    {
        await using var rig = new Rig();
        rig.Crls.Options.UnlistedAreGood = true;
        SignedCrl crl = rig.Crls.Full(1, Compromised("01"));
        rig.Crls.Write(crl);
        await rig.StartAsync();

        OcspSingleResponse single = await rig.AskAsync("03", OcspOutcome.Good);

        Assert.Equal(crl.ThisUpdate, single.ThisUpdate);
        Assert.True(single.NextUpdate <= crl.NextUpdate, $"{single.NextUpdate:u}");
        await rig.AskAsync("01", OcspOutcome.Revoked);
    }

    [Fact]
    [Requirement("T-18")]
    public async Task A_new_CRL_changes_the_answers_and_an_expired_one_ends_them()
    {
        await using var rig = new Rig();
        rig.Crls.Write(rig.Crls.Full(1, Hold("01"), Hold("02")));
        await rig.StartAsync();
        await rig.AskAsync("01", OcspOutcome.Revoked);
        SignedCrl next = rig.Crls.Full(2, Compromised("02"), Hold("03"));
        rig.Crls.Write(next);

        await rig.AdvanceUntilAsync(CrlPoller.Interval, () => rig.Answer("03").Outcome is OcspOutcome.Revoked or OcspOutcome.NeedsSignature);

        await rig.AskAsync("01", OcspOutcome.Good);
        await rig.AskAsync("02", OcspOutcome.Revoked);
        await rig.AskAsync("03", OcspOutcome.Revoked);
        rig.Crls.Clock.SetUtcNow(next.NextUpdate!.Value);
        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync("01")).Outcome);
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly DotNetSigner _signer;
        private readonly OcspResponder _responder;

        public Rig()
        {
            _signer = Crls.Authority.CreateSigner();
            _responder = new OcspResponder(null, Crls.Clock);
        }

        public CrlPoller Crls { get; } = new();

        public Task StartAsync()
        {
            _responder.AddIssuer(Crls.Authority.Issuer, _signer, new CrlStatusSource(Crls.Authority.Issuer, Crls.Path, Crls.Options, Crls.Clock));
            return _responder.StartAsync(TestContext.Current.CancellationToken).WaitAsync(TestRig.Patience, TestContext.Current.CancellationToken);
        }

        public Reply Answer(string serial)
        {
            byte[] buffer = new byte[_responder.MaxResponseLength];
            OcspAnswer answer = _responder.Answer(Request(serial), buffer);
            return new Reply(answer, buffer[..answer.Length]);
        }

        public async Task<Reply> SignAsync(string serial)
        {
            byte[] buffer = new byte[_responder.MaxResponseLength];
            OcspAnswer answer = await _responder.SignAsync(Request(serial), buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TestRig.Patience);
            return new Reply(answer, buffer[..answer.Length]);
        }

        /// <summary>What a client gets, verified.</summary>
        public async Task<OcspSingleResponse> AskAsync(string serial, OcspOutcome expected)
        {
            Reply reply = Answer(serial);
            reply = reply.Outcome == OcspOutcome.NeedsSignature ? await SignAsync(serial) : reply;
            Assert.Equal(expected, reply.Outcome);
            Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(reply.Response, Crls.Authority.Issuer, Crls.Now));
            return reply.Single;
        }

        /// <summary>Moves the clock, look by look, until the source has been heard.</summary>
        public async Task AdvanceUntilAsync(TimeSpan step, Func<bool> condition) => await Eventually.HoldsAsync(
            "the source has been heard",
            () =>
            {
                bool holds = condition();
                Crls.Clock.Advance(holds ? TimeSpan.Zero : step);
                return Task.FromResult(holds);
            },
            TestRig.Patience,
            TestContext.Current.CancellationToken);

        public async ValueTask DisposeAsync()
        {
            await _responder.DisposeAsync();
            _signer.Dispose();
            await Crls.DisposeAsync();
        }

        private byte[] Request(string serial) => TestRequest.For(Crls.Authority.Issuer, serial);
    }
}

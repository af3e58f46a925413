using System.Diagnostics.Metrics;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

public sealed class MetricsTests
{
    [Fact]
    public async Task What_happens_can_be_observed()
    {
        var clock = new ManualTimeProvider();
        using var factory = new MeterFactory();
        using var authority = new TestAuthority();
        using DotNetSigner key = authority.CreateSigner();
        using var signer = new FaultySigner(key);
        await using var responder = new OcspResponder(timeProvider: clock, meterFactory: factory);
        var source = new ScriptedSource();
        responder.AddIssuer(authority.Issuer, signer, source);
        Task started = responder.StartAsync(TestContext.Current.CancellationToken);
        await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = clock.GetUtcNow(), Changes = [Good("01"), Revoked("02"), Good("03")] });
        await started;
        byte[] buffer = new byte[responder.MaxResponseLength];
        WaitUntil(() => responder.GetHealth().Issuers[0].WaitingToBeSigned == 0 && responder.Answer(TestRequest.For(authority.Issuer, "03"), buffer).Batch is not null, "all is signed");
        double goodBefore = factory.Read("pkicore.ocsp.answers", "Good");

        responder.Answer(TestRequest.For(authority.Issuer, "01"), buffer);
        responder.Answer(TestRequest.For(authority.Issuer, "02"), buffer);
        responder.Answer(TestRequest.For(authority.Issuer, "FF"), buffer);
        responder.Answer([1, 2, 3], buffer);
        await responder.SignAsync(TestRequest.For(authority.Issuer, "01"), buffer, TestContext.Current.CancellationToken);
        signer.Fault = SignerFault.Throws;
        await responder.SignAsync(TestRequest.For(authority.Issuer, "01"), buffer, TestContext.Current.CancellationToken);
        clock.StepUtcNow(clock.GetUtcNow().AddSeconds(90));

        Assert.Equal(goodBefore + 2, factory.Read("pkicore.ocsp.answers", "Good"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.answers", "Revoked"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.answers", "Unauthorized"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.answers", "MalformedRequest"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.answers", "TryLater"));
        Assert.Equal(6, factory.Read("pkicore.ocsp.signatures", "ahead"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.signatures", "live"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.signature_failures"));
        Assert.Equal(2, factory.Read("pkicore.ocsp.certificates", "good"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.certificates", "revoked"));
        Assert.Equal(0, factory.Read("pkicore.ocsp.unsigned"));
        Assert.Equal(0, factory.Read("pkicore.ocsp.due"));
        Assert.Equal(0, factory.Read("pkicore.ocsp.late"));
        Assert.Equal(0, factory.Read("pkicore.ocsp.live.queue"));
        Assert.Equal(0, factory.Read("pkicore.ocsp.live.shed"));
        Assert.Equal(90, factory.Read("pkicore.ocsp.watermark_age"));
        Assert.Equal(90, factory.Read("pkicore.ocsp.oldest_answer_age"));
        Assert.Equal((TestAuthority.End - clock.GetUtcNow()).TotalSeconds, factory.Read("pkicore.ocsp.signer_expiry"));
        Assert.Equal(1, factory.Read("pkicore.ocsp.problems"));
        Assert.Equal(0, factory.Read("pkicore.signing.threads_written_off"));

        signer.Fault = SignerFault.Hangs;
        ValueTask<OcspAnswer> hung = responder.SignAsync(TestRequest.For(authority.Issuer, "01"), buffer, TestContext.Current.CancellationToken);
        WaitUntil(() => signer.Hanging == 1, "the signer hangs");
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, factory.Read("pkicore.signing.threads_written_off"));
        signer.Free();
        await hung;

        clock.StepUtcNow(clock.GetUtcNow().AddDays(4));
        Assert.Equal(3, factory.Read("pkicore.ocsp.due"));
        Assert.Equal(3, factory.Read("pkicore.ocsp.late"));
    }

    [Fact]
    public async Task Every_signature_is_timed_in_its_lane()
    {
        using var factory = new MeterFactory();
        using var authority = new TestAuthority();
        using DotNetSigner signer = authority.CreateSigner();
        await using var responder = new OcspResponder(meterFactory: factory);
        var source = new ScriptedSource();
        responder.AddIssuer(authority.Issuer, signer, source);
        using var listener = new MeterListener { InstrumentPublished = (published, self) => factory.Enable(published, self, "pkicore.signing.duration") };
        var lanes = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => lanes.Enqueue(seconds is > 0 and < 30 ? (string?)tags[0].Value : null));
        listener.Start();
        Task started = responder.StartAsync(TestContext.Current.CancellationToken);
        await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = TimeProvider.System.GetUtcNow(), Changes = [Good("01")] });
        await started;
        WaitUntil(() => lanes.Count == 2, "both answers are signed");

        await responder.SignAsync(TestRequest.For(authority.Issuer, "01"), new byte[responder.MaxResponseLength], TestContext.Current.CancellationToken);

        Assert.Equal(["ahead", "ahead", "live"], lanes);
    }

    /// <summary>Makes the meter and reads it, so that responders of other tests are not heard.</summary>
    private sealed class MeterFactory : IMeterFactory
    {
        private Meter? _meter;

        public Meter Create(MeterOptions options) => _meter = new Meter(options);

        public double Read(string instrument, string? tag = null)
        {
            double sum = 0;
            using var listener = new MeterListener
            {
                InstrumentPublished = (published, self) => Enable(published, self, instrument),
            };
            listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Add(value, tags));
            listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Add(value, tags));
            listener.Start();
            listener.RecordObservableInstruments();
            return sum;

            void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            {
                sum += tag is null || tags.ToArray().Any(pair => (string?)pair.Value == tag) ? value : 0;
            }
        }

        public void Enable(Instrument published, MeterListener listener, string instrument)
        {
            if (published.Meter == _meter && published.Name == instrument)
            {
                listener.EnableMeasurementEvents(published);
            }
        }

        public void Dispose() => _meter?.Dispose();
    }
}

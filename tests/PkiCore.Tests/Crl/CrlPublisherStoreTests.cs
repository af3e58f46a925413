using System.Diagnostics.Metrics;
using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using PkiCore.Crl;
using PkiCore.Responder.Demo;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>A publisher beside the store that serves what it publishes, and its metrics after its end.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlPublisherStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DemoCa _ca;

    public CrlPublisherStoreTests() => _ca = DemoCa.Create(_directory.File("ca"), new DemoCaOptions(), TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Store_shows_a_publication_at_once_and_knows_when_the_next_one_comes()
    {
        using var store = new CrlStore(_directory.File("crl"), new ManualTimeProvider(TimeProvider.System.GetUtcNow())); // which looks by itself only when its clock moves
        using ISigner signer = SoftwareSigner.FromPemFiles(_ca.CaPath, _ca.CaKeyPath);
        await using CrlPublisher publisher = Create(signer, meterFactory: null);
        publisher.Store = store;
        await publisher.StartAsync(Cancellation);
        await publisher.PublishAsync(Cancellation);
        Assert.Equal(["ca.crl"], store.Names);
        Assert.Equal(publisher.GetHealth().NextPublication, store.NextPublication);
        Assert.NotNull(store.NextPublication);
    }

    [Fact]
    public async Task Publisher_that_has_ended_measures_nothing_though_its_meter_goes_on()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        Meter meter = factory.Create("PkiCore"); // shared by all who ask, and not ended by them
        using ISigner signer = SoftwareSigner.FromPemFiles(_ca.CaPath, _ca.CaKeyPath);
        int measured = 0;
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => EnableIfOurs(instrument, self, meter) };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => measured++);
        listener.Start();
        await using (CrlPublisher publisher = Create(signer, factory))
        {
            await publisher.StartAsync(Cancellation);
            listener.RecordObservableInstruments();
            Assert.Equal(1, measured);
        }

        listener.RecordObservableInstruments();
        Assert.Equal(1, measured);
    }

    [Fact]
    public async Task Publishers_that_come_and_go_on_one_meter_leave_no_gauges_behind()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        Meter meter = factory.Create("PkiCore");
        using ISigner signer = SoftwareSigner.FromPemFiles(_ca.CaPath, _ca.CaKeyPath);
        var gauges = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => gauges.AddRange(instrument.Meter == meter ? [instrument.Name] : Array.Empty<string>()) };
        listener.Start();
        for (int i = 0; i < 3; i++)
        {
            await using CrlPublisher publisher = Create(signer, factory);
            await publisher.StartAsync(Cancellation);
            await using CrlPublisher second = Create(signer, factory); // which cannot start: the folder has a publisher
            await Assert.ThrowsAsync<IOException>(() => second.StartAsync(Cancellation));
        }

        Assert.Equal(gauges.Distinct(), gauges);
        Assert.Contains("pkicore.crl.entries", gauges);
    }

    [Fact]
    public async Task Start_that_is_called_off_leaves_the_folder_to_others()
    {
        using ISigner signer = SoftwareSigner.FromPemFiles(_ca.CaPath, _ca.CaKeyPath);
        await using CrlPublisher publisher = Create(signer, meterFactory: null);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publisher.StartAsync(new CancellationToken(canceled: true)));
        await using CrlPublisher next = Create(signer, meterFactory: null);
        await next.StartAsync(Cancellation);
        await next.PublishAsync(Cancellation);
        Assert.Single(Directory.GetFiles(_directory.File("crl/current")));
    }

    private static void EnableIfOurs(Instrument instrument, MeterListener listener, Meter meter)
    {
        if (instrument.Meter == meter && instrument.Name == "pkicore.crl.entries")
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private CrlPublisher Create(ISigner signer, IMeterFactory? meterFactory) => new(
        Issuer.FromPemFile(_ca.CaPath), signer, new OpenSslIndexSource(_ca.IndexPath), new CrlPublisherOptions { Directory = _directory.File("crl") }, meterFactory: meterFactory);
}

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PkiCore.Responder.Telemetry;

namespace PkiCore.Responder.Tests.Telemetry;

public sealed class HugePagesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("Rss:  9 kB\nAnonHugePages:     4096 kB\nShmemPmdMapped: 7 kB\n", 4096 * 1024L)]
    [InlineData("AnonHugePages:        0 kB\n", 0L)]
    [InlineData("AnonHugePages:        1 MB\n", null)]
    [InlineData("Rss:  9 kB\n", null)]
    [InlineData(null, null)]
    public void What_the_kernel_tells_is_told_and_nothing_else(string? rollup, long? expected)
    {
        string path = _directory.File("smaps_rollup");
        if (rollup is not null)
        {
            File.WriteAllText(path, rollup);
        }

        Assert.Equal(expected is { } bytes ? [bytes] : [], Observe(factory => new HugePages(factory, path)));
    }

    [Fact]
    public void Memory_in_use_is_read_from_this_process() =>
        Assert.InRange(Assert.Single(Observe(factory => new HugePages(factory))), 0, 1L << 40);

    private static List<long> Observe(Func<IMeterFactory, HugePages> create)
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory factory = services.GetRequiredService<IMeterFactory>();
        var values = new List<long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == factory)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => values.Add(value));
        listener.Start();
        Assert.NotNull(create(factory));
        listener.RecordObservableInstruments();
        return values;
    }
}

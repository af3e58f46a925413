using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using PkiCore.Responder.Telemetry;
using Xunit;

namespace PkiCore.Responder.Tests.Telemetry;

public sealed class PrometheusExporterTests : IDisposable
{
    // A name of its own for each test: a listener sees all the meters of the process.
    private readonly Meter _meter = new($"Test.{Guid.NewGuid():N}");
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests()
    {
        _exporter = new PrometheusExporter([_meter.Name], maxSeriesPerInstrument: 3);
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void ACounterIsSummedByLabelsInAnyOrder()
    {
        Counter<long> counter = _meter.CreateCounter<long>("ocsp.requests", "{request}", "Requests\nby \\ result.");
        counter.Add(1, new("result", "good"), new("method", "GET"));
        counter.Add(2, new("method", "GET"), new("result", "good"));
        counter.Add(5, new KeyValuePair<string, object?>("result", "revoked"));

        Assert.StartsWith(
            "# HELP ocsp_requests_total Requests\\nby \\\\ result.\n" +
            "# TYPE ocsp_requests_total counter\n" +
            "ocsp_requests_total{method=\"GET\",result=\"good\"} 3\n" +
            "ocsp_requests_total{result=\"revoked\"} 5\n",
            Render(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AHistogramHasCumulativeBucketsAtTheAdvisedBounds()
    {
        Histogram<double> histogram = _meter.CreateHistogram(
            "sign.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (double value in new[] { 0.25, 0.5, 0.75, 4 })
        {
            histogram.Record(value, new KeyValuePair<string, object?>("signer", "a"));
        }

        Assert.StartsWith(
            "# TYPE sign_duration_seconds histogram\n" +
            "sign_duration_seconds_bucket{signer=\"a\",le=\"0.5\"} 2\n" +
            "sign_duration_seconds_bucket{signer=\"a\",le=\"1\"} 3\n" +
            "sign_duration_seconds_bucket{signer=\"a\",le=\"+Inf\"} 4\n" +
            "sign_duration_seconds_sum{signer=\"a\"} 5.5\n" +
            "sign_duration_seconds_count{signer=\"a\"} 4\n",
            Render(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AHistogramWithoutAdviceHasBoundsForSeconds()
    {
        _meter.CreateHistogram<double>("wait", "s").Record(0.003);
        Assert.Contains("wait_seconds_bucket{le=\"0.005\"} 1\n", Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void GaugesAndUpDownCountersShowWhereTheyAre()
    {
        UpDownCounter<int> queue = _meter.CreateUpDownCounter<int>("queue.length");
        queue.Add(5);
        queue.Add(-7);
        Gauge<double> age = _meter.CreateGauge<double>("source.age", "s");
        age.Record(1.5);
        age.Record(double.PositiveInfinity);

        string page = Render();
        Assert.Contains("# TYPE queue_length gauge\nqueue_length -2\n", page, StringComparison.Ordinal);
        Assert.Contains("source_age_seconds +Inf\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void AnObservableSeriesThatIsNoLongerReportedGoesAway()
    {
        List<Measurement<int>> observed =
        [
            new(1, new KeyValuePair<string, object?>("node", "a")),
            new(2, new KeyValuePair<string, object?>("node", "b")),
        ];
        _meter.CreateObservableGauge("nodes", () => observed);
        Assert.Contains("nodes{node=\"a\"} 1\nnodes{node=\"b\"} 2\n", Render(), StringComparison.Ordinal);

        observed.RemoveAt(0);
        Assert.DoesNotContain("node=\"a\"", Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void AnObservableThatThrowsDoesNotSpoilTheOthers()
    {
        _meter.CreateObservableGauge("broken", new Func<int>(() => throw new InvalidOperationException()));
        _meter.CreateObservableCounter("whole", () => 7L);

        string page = Render();
        Assert.Contains("whole_total 7\n", page, StringComparison.Ordinal);
        Assert.Contains("pkicore_metrics_failed_collections_total 1\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void LabelValuesAreEscaped()
    {
        _meter.CreateCounter<int>("c").Add(1, new KeyValuePair<string, object?>("a.b", "x\"y\\z\nü"));
        Assert.Contains("c_total{a_b=\"x\\\"y\\\\z\\nü\"} 1\n", Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void SeriesOverTheLimitAreCountedAsDropped()
    {
        Counter<long> counter = _meter.CreateCounter<long>("many");
        for (int i = 0; i < 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", i));
        }

        counter.Add(1, new KeyValuePair<string, object?>("n", "0"));
        string page = Render();
        Assert.Contains("many_total{n=\"0\"} 2\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("many_total{n=\"3\"}", page, StringComparison.Ordinal);
        Assert.Contains("pkicore_metrics_dropped_measurements_total{metric=\"many_total\"} 7\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void AValueThatWouldSpoilASumIsDropped()
    {
        Counter<double> counter = _meter.CreateCounter<double>("work");
        counter.Add(1.5);
        counter.Add(-1);
        counter.Add(double.NaN);
        string page = Render();
        Assert.Contains("work_total 1.5\n", page, StringComparison.Ordinal);
        Assert.Contains("{metric=\"work_total\"} 2\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void InstrumentsOfOneNameAreOneMetricAndADifferentKindIsLeftOut()
    {
        _meter.CreateCounter<long>("same").Add(1);
        _meter.CreateCounter<int>("same").Add(2);
        _meter.CreateGauge<int>("same.total").Record(9);
        string page = Render();
        Assert.Contains("same_total 3\n", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("# TYPE same_total").Length);
        Assert.Contains("pkicore_metrics_conflicting_instruments_total 1\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherMetersAreNotListenedTo()
    {
        using var other = new Meter("Other");
        Counter<int> counter = other.CreateCounter<int>("elsewhere");
        Assert.False(counter.Enabled);
    }

    [Theory]
    [InlineData("http.server.request.duration", "s", MetricKind.Histogram, "http_server_request_duration_seconds")]
    [InlineData("process.memory_usage", "By", MetricKind.Gauge, "process_memory_usage_bytes")]
    [InlineData("wait.seconds", "s", MetricKind.Counter, "wait_seconds_total")]
    [InlineData("wait_total", "ms", MetricKind.Counter, "wait_milliseconds_total")]
    [InlineData("hit", "1", MetricKind.Gauge, "hit_ratio")]
    [InlineData("hit", "1", MetricKind.Counter, "hit_total")]
    [InlineData("speed", "By/s", MetricKind.Gauge, "speed_bytes_per_second")]
    [InlineData("9--lives", null, MetricKind.Gauge, "_9_lives")]
    internal void NamesFollowThePrometheusRules(string name, string? unit, MetricKind kind, string expected) =>
        Assert.Equal(expected, PrometheusName.ForMetric(name, unit, kind));

    [Fact]
    public void RecordingInAKnownSeriesDoesNotAllocate()
    {
        Counter<long> counter = _meter.CreateCounter<long>("hot");
        Histogram<double> histogram = _meter.CreateHistogram<double>("hot.duration", "s");

        AllocationBudget.Assert("record a metric", () => counter.Add(1, new("result", "good"), new("method", "GET")));
        AllocationBudget.Assert("record a metric", () => counter.Add(1, new("result", "good"), new("method", "GET"), new("issuer", "a")));
        AllocationBudget.Assert("record a metric", () => histogram.Record(0.01, new("result", "good"), new("method", "GET")));

        Assert.Contains("hot_total{method=\"GET\",result=\"good\"} 6000\n", Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void ConcurrentRecordingLosesNothing()
    {
        Counter<long> whole = _meter.CreateCounter<long>("whole");
        Histogram<double> histogram = _meter.CreateHistogram<double>("real", "s");
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                whole.Add(1, new KeyValuePair<string, object?>("k", "v"));
                histogram.Record(0.5);
                if (i % 5000 == 0)
                {
                    Render();
                }
            }
        });

        string page = Render();
        Assert.Contains("whole_total{k=\"v\"} 80000\n", page, StringComparison.Ordinal);
        Assert.Contains("real_seconds_sum 40000\n", page, StringComparison.Ordinal);
        Assert.Contains("real_seconds_count 80000\n", page, StringComparison.Ordinal);
    }

    private string Render()
    {
        var output = new ArrayBufferWriter<byte>();
        _exporter.Render(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.Tests.LoadTest.Reports;

public sealed class CompareTablesTests
{
    [Fact]
    public void Rate_is_the_median_of_the_turns_and_tells_errors() =>
        Assert.Contains(
            "| PkiCore GET | 90,000, 7 errors |\n",
            Write([.. MadeUp.Rates("PkiCore GET", 60_000, 90_000, 95_000).Select(sample => sample with { Errors = sample.Turn == 2 ? 7 : 0 })]),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(86, 99, "90,000, client-bound")]
    [InlineData(99, 99, "90,000, client-bound")]
    [InlineData(86, 90, "90,000")]
    public void Rate_is_client_bound_when_the_client_is_busy_whatever_the_server_is(double server, double client, string cell) =>
        Assert.Contains(
            $"| nginx memory GET | {cell} |\n",
            Write([.. MadeUp.Rates("nginx memory GET", 90_000).Select(sample => sample with { ServerCorePercent = server, ClientCorePercent = client })]),
            StringComparison.Ordinal);

    [Fact]
    public void Columns_are_those_that_were_measured_with_kept_connections_first()
    {
        CompareSample sample = MadeUp.Rates("PkiCore GET", 5000).Single();

        Assert.Contains(
            "| requests/s | keep-alive, 1 | keep-alive, 512 | close, 64 |\n| --- | --: | --: | --: |\n| PkiCore GET | 5,000 | 7,000 | 3,000 |\n| openssl ocsp POST | - | - | 100 |\n",
            Write(
            [
                sample with { Mode = "close", RequestsPerSecond = 3000 },
                sample with { Connections = 512, RequestsPerSecond = 7000 },
                sample with { Connections = 1 },
                sample with { Server = "openssl ocsp POST", Mode = "close", RequestsPerSecond = 100 },
            ]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Ratios_are_taken_turn_by_turn_and_to_Kestrel_by_the_same_method()
    {
        string text = Write(
        [
            .. MadeUp.Rates("PkiCore GET", 80, 40, 88), .. MadeUp.Rates("PkiCore POST", 90, 45, 99), .. MadeUp.Rates("Kestrel GET", 80, 80, 80),
            .. MadeUp.Rates("cfssl POST", 10, 5, 10),
        ]);

        Assert.Contains("| Kestrel GET | 1.00x (0.50-1.10) | - |\n", text, StringComparison.Ordinal);
        Assert.Contains("| cfssl POST | 8.00x (8.00-8.80) | 9.00x (9.00-9.90) |\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ratio_to_a_server_that_was_not_at_its_limit_is_at_most_that() =>
        Assert.Contains(
            "| nginx memory GET | at most 0.50x (0.50-0.50) | - |\n",
            Write([.. MadeUp.Rates("PkiCore GET", 50), .. MadeUp.Rates("nginx memory GET", 100).Select(sample => sample with { ServerCorePercent = 80, ClientCorePercent = 99 })]),
            StringComparison.Ordinal);

    [Fact]
    public void Ratios_to_nginx_with_files_are_to_the_better_of_its_settings_in_each_turn()
    {
        string text = Write(
        [
            .. MadeUp.Rates("PkiCore GET", 50, 50, 50), .. MadeUp.Rates("nginx file GET", 100, 50, 25), .. MadeUp.Rates("nginx file, no sendfile GET", 50, 100, 50),
            .. MadeUp.Costs("PkiCore GET", 20, 20, 20), .. MadeUp.Costs("nginx file GET", 10, 20, 10), .. MadeUp.Costs("nginx file, no sendfile GET", 20, 5, 20),
        ]);

        Assert.Contains("| nginx file GET | 0.50x (0.50-1.00) | - |\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("| nginx file, no sendfile GET | 0", text, StringComparison.Ordinal);
        Assert.Contains("| PkiCore GET | 20.0 | 20.0-20.0 | - | 2.00x (2.00-4.00) | - | 20,000 |\n", text, StringComparison.Ordinal);
        Assert.Contains("| nginx file, no sendfile GET | 20.0 | 5.0-20.0 | - | - | - | 20,000 |\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Cost_of_a_request_is_told_by_connections()
    {
        CompareSample sample = MadeUp.Rates("PkiCore GET", 5000).Single();

        Assert.Contains(
            "| CPU us/request | keep-alive, 1 | keep-alive, 64 |\n| --- | --: | --: |\n| PkiCore GET | 24.5 | 11.0 |\n",
            Write([sample with { Connections = 1, CpuMicrosecondsPerRequest = 24.5 }, sample]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_are_told_with_both_kinds_of_connections_their_cost_and_their_start()
    {
        CompareSample[] kept = [.. MadeUp.Rates("PkiCore as it ships", 50_000, 60_000, 70_000)];

        Assert.Contains(
            "| PkiCore as it ships | 60,000 (50,000-70,000) | 6,000 (5,000-7,000) | 10.0 (9.0-11.0) | 700 (600-800) |\n",
            StepsTable.Write(MadeUp.Compare(
            [
                .. kept, .. kept.Select(sample => sample with { Mode = "close", RequestsPerSecond = sample.RequestsPerSecond / 10 }), .. MadeUp.Costs("PkiCore as it ships", 9, 10, 11),
                .. from milliseconds in new[] { 600, 700, 800 } select kept[0] with { Kind = "start", StartMilliseconds = milliseconds },
            ])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Openssl_is_compared_on_new_connections()
    {
        CompareSample sample = MadeUp.Rates("PkiCore GET", 9000).Single();

        Assert.Contains(
            "| openssl ocsp POST (close) | 30.00x (30.00-30.00) | - |\n",
            Write([sample, sample with { Mode = "close", RequestsPerSecond = 3000 }, sample with { Mode = "close", Server = "openssl ocsp POST", RequestsPerSecond = 100 }]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Processor_time_has_range_ratios_and_the_rate_where_it_was_not_kept()
    {
        string text = Write(
        [
            .. MadeUp.Costs("PkiCore GET", 20, 22, 24), .. MadeUp.Costs("Kestrel GET", 20, 20, 20),
            .. MadeUp.Costs("nginx file GET", 11, 11, 12).Select(sample => sample with { RequestsPerSecond = 19_000 }), .. MadeUp.Rates("cfssl POST", 3900, 3900, 3900),
        ]);

        Assert.Contains("| PkiCore GET | 22.0 | 20.0-24.0 | 1.10x (1.00-1.20) | 2.00x (1.82-2.00) | - | 20,000 |\n", text, StringComparison.Ordinal);
        Assert.Contains("| nginx file GET | 11.0 | 11.0-12.0 | 0.55x (0.55-0.60) | - | - | 19,000 (off) |\n", text, StringComparison.Ordinal);
        Assert.Contains("| cfssl POST | 11.0 | 11.0-11.0 | - | - | - | 3,900 (its most) |\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Latency_is_in_medians_and_names_the_floor()
    {
        string text = Write([.. MadeUp.Tails("PkiCore GET", 0.8, 8, 1.6), .. MadeUp.Tails("nginx memory GET", 0.8, 0.8, 0.8)]);

        Assert.Contains("| PkiCore GET | 0.200 | 0.800 | 1.60 | 0.800-8.00 | 4.80 | - | 40,000 |\n", text, StringComparison.Ordinal);
        Assert.Contains("| nginx memory GET (the tool's floor) | 0.100 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_of_too_few_turns_it_is_told_that_no_target_judges_them()
    {
        const string TooFew = "So few turns are judged by no target.";
        CompareFigures figures = MadeUp.Compare(MadeUp.Rates("PkiCore GET", 50, 50));

        Assert.Contains(TooFew, CompareTables.Write(figures with { Turns = 2 }), StringComparison.Ordinal);
        Assert.DoesNotContain(TooFew, CompareTables.Write(figures with { Turns = 3 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Allocated_bytes_are_told()
    {
        string text = Write([.. MadeUp.Turns(SampleKind.Allocated, "PkiCore GET", [30, 32, 31], (sample, bytes) => sample with { BytesPerRequest = bytes })]);

        Assert.Contains("| PkiCore GET | 31 | 30-32 |\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_the_script_is_read()
    {
        CompareFigures figures = CompareFigures.Parse(
            """
            {"date":"2026-01-02T03:04:05Z","machine":"m","otherProcesses":"","replyBytes":729,"turns":1,"secondsPerTurn":3,"samples":[{"kind":"saturation","turn":1,
            "server":"PkiCore GET","mode":"keep-alive","connections":64,"rateAsked":null,"requestsPerSecond":89225,"errors":0,"serverCorePercent":99,"clientCorePercent":81,
            "cpuMicrosecondsPerRequest":10.9,"p50":null,"p95":null,"p99":null,"p999":null,"ownLatenessP99":null,"bytesPerRequest":null}]}
            """);

        Assert.Equal(89_225, figures.Saturation("PkiCore GET").Median(sample => sample.RequestsPerSecond));
    }

    private static string Write(params IEnumerable<CompareSample> samples) => CompareTables.Write(MadeUp.Compare(samples));
}

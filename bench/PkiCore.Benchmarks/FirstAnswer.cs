using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using PkiCore.Ocsp;

namespace PkiCore.Benchmarks;

/// <summary>
/// <c>first-answer</c>: how long after its start the real host answers good for a certificate drawn at random from 100,000 of which none is
/// signed yet. Each draw starts a new process.
/// </summary>
internal static class FirstAnswer
{
    public const int Certificates = 100_000;
    private const int Draws = 10;
    private const int TargetSeconds = 10;
    private static readonly TimeSpan s_giveUp = TimeSpan.FromSeconds(60);

    /// <returns>The exit code: 1 when the target is missed.</returns>
    public static async Task<int> RunAsync(bool quick, TableResult? result)
    {
        using var inputs = new Inputs(Certificates);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        int draws = quick ? 2 : Draws;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Certificates:N0} P-256 certificates, none signed; {draws} starts of the host, one certificate at random each."));
        Console.WriteLine();
        Console.WriteLine("| start | seconds to `good` | was |");
        Console.WriteLine("|--:|--:|---|");
        var seconds = new List<double>();
        int live = 0;
        for (int draw = 1; draw <= draws; draw++)
        {
            (TimeSpan elapsed, bool isLive) = await MeasureAsync(inputs, client);
            seconds.Add(elapsed.TotalSeconds);
            live += isLive ? 1 : 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {draw} | {elapsed.TotalSeconds:0.00} | {(isLive ? "signed live" : "signed ahead")} |"));
        }

        Console.WriteLine();
        bool met = seconds.Max() <= TargetSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Longest: {seconds.Max():0.00} s; target {TargetSeconds} s: {(met ? "met" : "MISSED")}"));
        if (result is not null)
        {
            result.Figures.Add("seconds", seconds);
            string value = string.Create(CultureInfo.InvariantCulture, $"{seconds.Max():0.00} s (shortest {seconds.Min():0.00} s)");
            Progress.Report(result.Save<TableRow>(
            [
                new($"longest of {draws} starts", value, $"<= {TargetSeconds} s", met),
                new("of these answers, signed live", live.ToString(CultureInfo.InvariantCulture)),
            ]));
        }

        return met ? 0 : 1;
    }

    private static async Task<(TimeSpan Elapsed, bool IsLive)> MeasureAsync(Inputs inputs, HttpClient client)
    {
        string serial = inputs.Serials[RandomNumberGenerator.GetInt32(inputs.Serials.Count)];
        byte[] request = inputs.CreateRequest(serial);
        int port = FindFreePort();
        string configuration = WriteConfiguration(inputs, port);
        long start = Stopwatch.GetTimestamp();
        using Process host = Start(configuration);
        try
        {
            while (Stopwatch.GetElapsedTime(start) < s_giveUp && !host.HasExited)
            {
                if (await AskAsync(client, new Uri($"http://127.0.0.1:{port}/"), request) is { } isLive)
                {
                    return (Stopwatch.GetElapsedTime(start), isLive);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }

            throw new TimeoutException($"The host did not answer good within {s_giveUp.TotalSeconds} s.");
        }
        finally
        {
            host.Kill();
            await host.WaitForExitAsync();
        }
    }

    /// <returns><see langword="null"/> when the answer is not good yet; else whether it was signed for this request: then caches must not keep it.</returns>
    private static async Task<bool?> AskAsync(HttpClient client, Uri url, byte[] request)
    {
        try
        {
            var target = new Uri(url, Uri.EscapeDataString(Convert.ToBase64String(request)));
            using HttpResponseMessage reply = await client.GetAsync(target);
            OcspResponse? response = OcspResponse.Parse(await reply.Content.ReadAsByteArrayAsync());
            CacheControlHeaderValue? caching = reply.Headers.CacheControl;
            return response is { Status: OcspResponseStatus.Successful } && response.Responses[0].Status == OcspCertificateStatus.Good
                ? caching?.NoStore ?? false
                : null;
        }
        catch (HttpRequestException)
        {
            return null; // the port is not open yet
        }
    }

    private static string WriteConfiguration(Inputs inputs, int port)
    {
        string path = inputs.File("responder.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            Listen = new[] { $"http://127.0.0.1:{port}" },
            Management = "",
            Issuers = new[]
            {
                new
                {
                    Certificate = inputs.Ca.CaPath,
                    Index = inputs.Ca.IndexPath,
                    Signer = new { Certificate = inputs.Ca.ResponderPath, Key = inputs.Ca.ResponderKeyPath },
                },
            },
        }));
        return path;
    }

    private static Process Start(string configuration)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "PkiCore.Responder");
        var start = new ProcessStartInfo(program, ["serve", "--config", configuration]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = new Process { StartInfo = start };
        process.Start();
        process.BeginOutputReadLine(); // read and forgotten, so that the host never waits for its log
        process.BeginErrorReadLine();
        return process;
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

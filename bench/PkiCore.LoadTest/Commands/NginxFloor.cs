using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PkiCore.LoadTest.Injection;

namespace PkiCore.LoadTest.Commands;

/// <summary>nginx with one fixed answer to every request, from a file in memory: what is measured against it is mostly this tool and the kernel.</summary>
internal sealed class NginxFloor : IDisposable
{
    private const long PollInterval = 20_000_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo _directory;
    private readonly Process? _process;

    /// <param name="answer">What it answers.</param>
    /// <param name="processor">The processor it stays on; <see langword="null"/> leaves that to the kernel.</param>
    /// <exception cref="IOException">It does not start.</exception>
    public NginxFloor(byte[] answer, int? processor = null)
    {
        _directory = System.IO.Directory.Exists("/dev/shm") ? System.IO.Directory.CreateDirectory($"/dev/shm/pkicore-floor-{Environment.ProcessId}") : System.IO.Directory.CreateTempSubdirectory("pkicore-floor-");
        int port = FreePort();
        Url = new Uri($"http://127.0.0.1:{port}/");
        try
        {
            File.WriteAllBytes(Path.Combine(_directory.FullName, "answer.der"), answer);
            string configuration = Path.Combine(_directory.FullName, "nginx.conf");
            File.WriteAllText(configuration, Configuration(_directory.FullName, port));
            string[] command = [Find(), "-c", configuration, "-e", Path.Combine(_directory.FullName, "error.log")];
            if (processor is { } number)
            {
                command = ["taskset", "-c", number.ToString(CultureInfo.InvariantCulture), .. command]; // which becomes nginx, or fails
            }

            _process = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
            WaitUntilListening(port);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Uri Url { get; }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(); // one process, no workers: nothing is left behind
            _process.WaitForExit();
        }

        _process?.Dispose();
        _directory.Delete(recursive: true);
    }

    /// <summary>Debian keeps servers in sbin, which is not in every user's PATH.</summary>
    private static string Find() =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin".Split(':').Select(folder => Path.Combine(folder, "nginx")).FirstOrDefault(File.Exists)
        ?? throw new IOException("--floor needs nginx (Debian package nginx-light).");

    /// <summary>A POST for a file is refused with 405, which becomes the file.</summary>
    private static string Configuration(string directory, int port) => $$"""
        daemon off; master_process off; pid {{directory}}/nginx.pid; error_log {{directory}}/error.log;
        events { worker_connections 16384; }
        http {
            client_body_temp_path {{directory}}/t1; proxy_temp_path {{directory}}/t2; fastcgi_temp_path {{directory}}/t3; uwsgi_temp_path {{directory}}/t4; scgi_temp_path {{directory}}/t5;
            access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; merge_slashes off;
            sendfile off; tcp_nodelay on; open_file_cache max=10 inactive=1h; open_file_cache_valid 1h; open_file_cache_min_uses 1;
            types { } default_type application/ocsp-response;
            server {
                listen 127.0.0.1:{{port}} backlog=16384; root {{directory}}; error_page 405 =200 /answer.der;
                location / { rewrite ^ /answer.der last; }
                location = /answer.der { }
            }
        }
        """;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void WaitUntilListening(int port)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_patience && !_process!.HasExited; Native.Poll([], PollInterval))
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                // not yet
            }
        }

        throw new IOException("nginx does not start.");
    }
}

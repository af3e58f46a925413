using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Demo;
using PkiCore.Responder.Hosting;

namespace PkiCore.Responder.Commands;

/// <summary><c>demo</c>: makes a CA if there is none, answers for it, and prints commands to try.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var directory = new Option<DirectoryInfo>("--directory") { Description = "Where the demonstration CA is, or is made", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo("demo-ca") };
        var port = new Option<int>("--port") { Description = "Port to answer on, this machine only", HelpName = "PORT", DefaultValueFactory = _ => 8080 };
        var management = new Option<string>("--management") { Description = "Where /healthz, /readyz and /metrics are; empty for nowhere", HelpName = "URL", DefaultValueFactory = _ => new ResponderSettings().Management };
        var hsm = new Option<bool>("--hsm") { Description = "Move the responder's key to a token of SoftHSM in the folder (Debian package softhsm2)" };
        var cluster = new Option<FileInfo>("--galera") { Description = "Keep what is revoked in the MariaDB Galera cluster of this file, which has the section Galera, and make tables and users there; deploy/lab/lab up makes a cluster and the file", HelpName = "FILE" };
        var command = new Command("demo", "Make a demonstration CA if there is none, answer for it, and print commands to try.") { directory, port, management, hsm, cluster };
        command.SetAction(async (result, cancellationToken) =>
        {
            var files = new DemoLayout(result.GetValue(directory)!.FullName);
            GaleraSettings? galera = result.GetValue(cluster) is { } file ? SettingsFile.LoadGalera(file.FullName) : null;
            int number = result.GetValue(port);
            string url = $"http://127.0.0.1:{(number == 0 && files.IsAbsentOrEmpty() ? FindFreePort() : number)}/";
            var settings = new ResponderSettings
            {
                Listen = [url],
                Management = result.GetValue(management)!,
                Galera = galera,
                Issuers =
                [
                    new IssuerSettings
                    {
                        Certificate = files.CaCertificate,
                        Index = galera is null ? files.Index : "",
                        Galera = galera is not null,
                        Signer = new SignerSettings { Certificate = files.ResponderCertificate, Key = [files.ResponderKey] },
                        Crl = OperatingSystem.IsWindows() ? null : CreateCrl(files),
                    },
                ],
            };
            SettingsCheck.Check(settings, "command line");
            DemoCa ca = OpenCa(files.Root, url);
            DemoToken? token = result.GetValue(hsm) || files.HasToken ? TakeKey(files) : null;
            settings.Ocsp.SnapshotDirectory = files.Snapshots; // which could not be checked before there was a CA
            settings.Issuers[0].Signer.Key = [token?.Uri() ?? files.ResponderKey];
            ResponderPlan plan = galera is null
                ? new ResponderPlan(settings, ConfigurationPath: null, Logging: null)
                : await DemoCluster.PrepareAsync(settings, galera, files, cancellationToken).ConfigureAwait(false);
            await ResponderProcess.RunAsync(
                plan,
                strict: true,
                started: (ocsp, operators) => Console.WriteLine(DemoCommands.Describe(ca, token, plan.ConfigurationPath, ocsp, operators)),
                cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>A delta CRL tells of a revocation at once, the complete one within minutes.</summary>
    private static CrlSettings CreateCrl(DemoLayout files) => new()
    {
        Directory = files.Crls,
        Key = [files.CaKey],
        Interval = TimeSpan.FromMinutes(10),
        Validity = TimeSpan.FromHours(1),
        DeltaInterval = TimeSpan.FromMinutes(1),
        DeltaValidity = TimeSpan.FromMinutes(10),
        PublishDeltaAfterChange = TimeSpan.Zero,
    };

    /// <summary>The certificates of a new CA name the port, so that it has to be known before the server has one.</summary>
    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static DemoToken TakeKey(DemoLayout files)
    {
        var token = new DemoToken(files);
        try
        {
            token.TakeKey();
            return token;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"--hsm: {e.Message}", e);
        }
    }

    private static DemoCa OpenCa(string directory, string url)
    {
        try
        {
            return DemoCa.Create(directory, new DemoCaOptions { OcspUrl = url }, TimeProvider.System);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"--directory: {e.Message}", e);
        }
    }
}

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Galera.Tests;

/// <summary>Where nodes of the lab talk to each other.</summary>
internal static class ReplicationPort
{
    private const int Port = 4567;

    /// <summary>Connects as another node would. Galera speaks first, to those that it trusts.</summary>
    /// <returns>Whether the node trusts this certificate; it has to say that the CA is not its own if it does not.</returns>
    public static async Task<bool> GreetsAsync(Lab lab, int node, LabClientFiles client, CancellationToken cancellationToken)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(client.Certificate, client.Key);
        using var ca = X509CertificateLoader.LoadCertificateFromFile(lab.ReplicationFiles(node).Ca);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = $"node{node}",
            ClientCertificates = [certificate],
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { ca },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        };
        using var socket = new TcpClient();
        await socket.ConnectAsync(lab.Address(node), Port, cancellationToken);
        await using var tls = new SslStream(socket.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            return await tls.ReadAsync(new byte[64], cancellationToken) > 0;
        }
        catch (Exception e) when (e is IOException { InnerException: not null } or AuthenticationException { InnerException: not null })
        {
            Assert.Contains("unknown ca", e.ToString(), StringComparison.OrdinalIgnoreCase);
            return false;
        }
    }
}

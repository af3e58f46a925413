using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Galera;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Testing;

/// <summary>An edge responder in this process that reads the lab, and a client that verifies each of its answers.</summary>
public sealed class Edge : IAsyncDisposable
{
    private readonly OcspResponder _responder;
    private readonly Issuer _issuer;

    /// <param name="options">The nodes.</param>
    /// <param name="issuer">The CA.</param>
    /// <param name="signer">Its delegated signer.</param>
    /// <param name="configure">Changes the settings of the responder.</param>
    /// <param name="clocks">What time it is; by default the right one.</param>
    public Edge(GaleraOptions options, Issuer issuer, ISigner signer, Action<OcspResponderOptions>? configure = null, EdgeClocks? clocks = null)
    {
        _issuer = issuer;
        Clocks = clocks ?? EdgeClocks.Right;
        var settings = new OcspResponderOptions { Validity = TimeSpan.FromHours(1), LiveTimeout = TimeSpan.FromSeconds(5), MaxSourceAge = TimeSpan.FromSeconds(30) };
        configure?.Invoke(settings);
        Cluster = new GaleraCluster(options, Clocks.Edge, Log);
        _responder = new OcspResponder(settings, Clocks.Edge, Log);
        _responder.AddIssuer(issuer, signer, new GaleraStatusSource(Cluster, issuer));
    }

    public EdgeLog Log { get; } = new();

    public GaleraCluster Cluster { get; }

    public EdgeClocks Clocks { get; }

    /// <summary>The number of the node that it reads; 0: none can be read.</summary>
    public int Node => Cluster.View.Nearest is { } nearest ? nearest.Node.Name[^1] - '0' : 0;

    public IssuerHealth Health => _responder.GetHealth().Issuers[0];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Cluster.StartAsync(cancellationToken);
        await _responder.StartAsync(cancellationToken);
    }

    /// <summary>Asks once. An answer that no client may accept is an exception.</summary>
    /// <returns>What is answered; <see langword="null"/>: try later.</returns>
    public async Task<EdgeAnswer?> AskAsync(SerialNumber serial, bool isLive = true)
    {
        byte[] contents = new byte[serial.Length];
        serial.CopyTo(contents);
        byte[] request = OcspRequestEncoder.Create(HashAlgorithmName.SHA256, nonce: null, (_issuer.Certificate, contents));
        byte[] reply = new byte[_responder.MaxResponseLength];
        DateTimeOffset sent = Clocks.Client.GetUtcNow();
        OcspAnswer answer = _responder.Answer(request, reply);
        if (answer.Outcome == OcspOutcome.NeedsSignature)
        {
            if (!isLive)
            {
                return null;
            }

            answer = await _responder.SignAsync(request, reply);
        }

        DateTimeOffset received = Clocks.Client.GetUtcNow();
        OcspResponse response = OcspResponse.Parse(reply.AsSpan(0, answer.Length)) ?? throw new InvalidDataException("the answer is not well-formed");
        return response.Status switch
        {
            OcspResponseStatus.TryLater => null,
            OcspResponseStatus.Unauthorized => EdgeAnswer.Unlisted,
            OcspResponseStatus.Successful => Read(response, sent, received),
            _ => throw new InvalidDataException($"the answer is {response.Status}"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _responder.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    private EdgeAnswer Read(OcspResponse response, DateTimeOffset sent, DateTimeOffset received)
    {
        OcspVerificationResult result = OcspResponseVerifier.Verify(response, _issuer, sent);
        OcspSingleResponse single = response.Responses[0];
        return result != OcspVerificationResult.Valid ? throw new InvalidDataException($"the answer is {result}")
            : single.NextUpdate <= sent ? throw new InvalidDataException($"an expired answer was served: nextUpdate {single.NextUpdate:O}, asked at {sent:O}")
            : response.ProducedAt > received ? throw new InvalidDataException($"producedAt {response.ProducedAt:O} is in the future")
            : new EdgeAnswer(true, single.Status == OcspCertificateStatus.Revoked ? single.Reason ?? X509RevocationReason.Unspecified : null, single.ThisUpdate);
    }
}

using System.Net;
using PkiCore.Campaigns.Harness;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Campaigns.Asking;

/// <summary>Asks over HTTP and verifies what comes back as strictly as a client can. Safe for use from several threads.</summary>
/// <param name="url">Where.</param>
/// <param name="issuer">The CA.</param>
/// <param name="faults">Receives what is wrong.</param>
/// <param name="mayFail">Whether the server may be ended at any time: that a request is not answered is no fault then.</param>
internal sealed class Asker(Uri url, Issuer issuer, FaultList faults, bool mayFail = false) : IDisposable
{
    /// <summary>The kind of fault of a request that was not answered at all.</summary>
    public const string Transport = "transport";

    /// <summary>The kind of fault of an answer that no client may accept.</summary>
    public const string Unverifiable = "unverifiable";

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private long _answers;
    private long _tryLater;

    /// <summary>How many answers with a signature were verified.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    public long TryLater => Interlocked.Read(ref _tryLater);

    /// <summary>Asks by GET or POST.</summary>
    /// <returns><see langword="null"/> when there was no acceptable answer, which is noted as a fault.</returns>
    public async Task<Answer?> AskAsync(Question question, bool byGet, CancellationToken cancellationToken)
    {
        DateTimeOffset sent = TimeProvider.System.GetUtcNow();
        byte[] encoded;
        try
        {
            encoded = await ExchangeAsync(question, byGet, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException { InnerException: TimeoutException } || (mayFail && e is OperationCanceledException or ObjectDisposedException))
        {
            if (!mayFail)
            {
                faults.Add(Transport, $"{question.Serial} by {(byGet ? "GET" : "POST")} at {sent:O}: {e.Message}");
            }

            return null;
        }

        DateTimeOffset received = TimeProvider.System.GetUtcNow();
        try
        {
            return Verify(question, encoded, sent, received);
        }
        catch (InvalidDataException e)
        {
            faults.Add(Unverifiable, $"{question.Serial} at {sent:O}: {e.Message}: {Convert.ToHexString(encoded)}");
            return null;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<byte[]> ExchangeAsync(Question question, bool byGet, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = byGet
            ? new HttpRequestMessage(HttpMethod.Get, new Uri(url, Uri.EscapeDataString(Convert.ToBase64String(question.Encoded))))
            : new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(question.Encoded) { Headers = { ContentType = new("application/ocsp-request") } } };
        using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentType?.MediaType == "application/ocsp-response"
            ? await response.Content.ReadAsByteArrayAsync(cancellationToken)
            : throw new HttpRequestException($"HTTP {(int)response.StatusCode}, {response.Content.Headers.ContentType}");
    }

    private Answer Verify(Question question, byte[] encoded, DateTimeOffset sent, DateTimeOffset received)
    {
        Answer answer = ResponseCheck.Verify(question, encoded, issuer, sent, received);
        if (answer.Status == OcspResponseStatus.TryLater)
        {
            Interlocked.Increment(ref _tryLater);
        }
        else if (answer.Status == OcspResponseStatus.Successful)
        {
            Interlocked.Increment(ref _answers);
        }

        return answer;
    }
}

using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Campaigns.Asking;

/// <summary>Holds a response against its question as strictly as a client can.</summary>
internal static class ResponseCheck
{
    /// <summary>Verifies a response.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="encoded">What came back.</param>
    /// <param name="issuer">The CA.</param>
    /// <param name="sent">The earliest time, by the responder's clock, at which it can have been answered.</param>
    /// <param name="received">The latest.</param>
    /// <exception cref="InvalidDataException">No client may accept it; the message says why.</exception>
    public static Answer Verify(Question question, byte[] encoded, Issuer issuer, DateTimeOffset sent, DateTimeOffset received)
    {
        OcspResponse response = OcspResponse.Parse(encoded) ?? throw new InvalidDataException("it is not well-formed");
        var answer = new Answer(sent, received, response.Status);
        switch (response.Status)
        {
            case OcspResponseStatus.Successful:
                break;
            case OcspResponseStatus.TryLater:
                return answer;
            case OcspResponseStatus.Unauthorized:
                return answer with { Standing = Standing.Unlisted };
            default:
                throw new InvalidDataException($"{response.Status}");
        }

        OcspVerificationResult result = OcspResponseVerifier.Verify(response, issuer, sent);
        Require(result == OcspVerificationResult.Valid, $"{result}");
        Require(response.Responses.Count == 1, $"{response.Responses.Count} answers to one question");
        OcspSingleResponse single = response.Responses[0];
        Require(single.Hash == question.Hash && single.SerialNumber.Span.SequenceEqual(Convert.FromHexString(question.Serial)), "it is of another certificate");
        Require(single.ThisUpdate <= response.ProducedAt, $"thisUpdate {single.ThisUpdate:O} is after producedAt {response.ProducedAt:O}");
        Require(response.ProducedAt <= received, $"producedAt {response.ProducedAt:O} is in the future at {received:O}");
        Require(sent < single.NextUpdate, $"nextUpdate {single.NextUpdate:O} has passed at {sent:O}");
        return answer with { Standing = Standing.Of(single), ThisUpdate = single.ThisUpdate, Signer = Convert.ToHexString(response.ResponderKeyHash.Span) };
    }

    private static void Require(bool condition, string fault)
    {
        if (!condition)
        {
            throw new InvalidDataException(fault);
        }
    }
}

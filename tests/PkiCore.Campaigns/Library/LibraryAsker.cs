using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Campaigns.Library;

/// <summary>Asks a responder in this process and verifies what comes back. Safe for use from several threads.</summary>
/// <param name="responder">The responder.</param>
/// <param name="issuer">The CA.</param>
/// <param name="timeProvider">The responder's clock.</param>
/// <param name="faults">Receives what is wrong.</param>
/// <param name="clockSteps">Another number when the clock has been set, odd while it is; what was asked meanwhile cannot be judged.</param>
internal sealed class LibraryAsker(OcspResponder responder, Issuer issuer, TimeProvider timeProvider, FaultList faults, Func<int>? clockSteps = null)
{
    private long _answers;
    private long _live;
    private long _tryLater;

    /// <summary>How many answers with a signature were verified.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>How many of them were signed for the request.</summary>
    public long Live => Interlocked.Read(ref _live);

    public long TryLater => Interlocked.Read(ref _tryLater);

    /// <returns><see langword="null"/> when there was no acceptable answer, which is noted as a fault, or the clock was set meanwhile.</returns>
    public async Task<Answer?> AskAsync(Question question, bool mayWait = true)
    {
        int steps = clockSteps?.Invoke() ?? 0;
        byte[] reply = new byte[responder.MaxResponseLength];
        DateTimeOffset sent = timeProvider.GetUtcNow();
        OcspAnswer answer = responder.Answer(question.Encoded, reply);
        if (answer.Outcome == OcspOutcome.NeedsSignature)
        {
            if (!mayWait)
            {
                return new Answer(sent, sent, OcspResponseStatus.TryLater);
            }

            Interlocked.Increment(ref _live);
            answer = await responder.SignAsync(question.Encoded, reply);
        }

        DateTimeOffset received = timeProvider.GetUtcNow();
        if (steps % 2 != 0 || (clockSteps?.Invoke() ?? 0) != steps)
        {
            return null;
        }

        byte[] encoded = reply[..answer.Length];
        try
        {
            Answer verified = ResponseCheck.Verify(question, encoded, issuer, sent, received);
            if (verified.Status != OcspResponseStatus.Unauthorized)
            {
                Interlocked.Increment(ref verified.Status == OcspResponseStatus.TryLater ? ref _tryLater : ref _answers);
            }

            return verified;
        }
        catch (InvalidDataException e)
        {
            faults.Add(Asker.Unverifiable, $"{question.Serial} at {sent:O} to {received:O}: {e.Message}: {Convert.ToHexString(encoded)}");
            return null;
        }
    }
}

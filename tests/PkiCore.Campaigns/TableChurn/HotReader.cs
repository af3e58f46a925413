using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.Library;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Campaigns.TableChurn;

/// <summary>
/// Asks for a few certificates as fast as it can: a reply that is the same, byte for byte, as the one verified before need not be verified again. One
/// thread's alone.
/// </summary>
internal sealed class HotReader(OcspResponder responder, Issuer issuer, StatusHistory history, TimeProvider timeProvider, FaultList faults)
{
    private readonly Dictionary<(string Serial, CertIdHash Hash), (Question Question, byte[] Verified)> _questions = [];
    private readonly byte[] _reply = new byte[responder.MaxResponseLength];
    private long _answers;

    public long Answers => Interlocked.Read(ref _answers);

    /// <param name="random">For which certificate is asked for, of those that change most.</param>
    /// <param name="among">How many those are.</param>
    /// <param name="known">How long the history is that the responder has taken in.</param>
    public void Ask(Random random, int among, int known)
    {
        string serial = history.Serials[random.Next(among)];
        CertIdHash hash = random.Next(2) == 0 ? CertIdHash.Sha1 : CertIdHash.Sha256;
        if (!_questions.TryGetValue((serial, hash), out (Question Question, byte[] Verified) entry))
        {
            entry = (Question.Create(issuer.Certificate, serial, hash), []);
        }

        DateTimeOffset sent = timeProvider.GetUtcNow();
        OcspAnswer answer = responder.Answer(entry.Question.Encoded, _reply);
        ReadOnlySpan<byte> encoded = _reply.AsSpan(0, answer.Length);
        if (answer.Batch is not null && !encoded.SequenceEqual(entry.Verified))
        {
            Verify(entry.Question, encoded.ToArray(), sent, known);
            entry.Verified = encoded.ToArray();
        }

        _questions[(serial, hash)] = entry;
        Interlocked.Increment(ref _answers);
    }

    private void Verify(Question question, byte[] encoded, DateTimeOffset sent, int known)
    {
        try
        {
            Answer answer = ResponseCheck.Verify(question, encoded, issuer, sent, timeProvider.GetUtcNow());
            if (history.FindFault(question.Serial, answer, known, history.Length) is { } fault)
            {
                faults.Add("wrong", $"{question.Serial} by {question.Hash}: {fault}");
            }
        }
        catch (InvalidDataException e)
        {
            faults.Add(Asker.Unverifiable, $"{question.Serial} at {sent:O}: {e.Message}: {Convert.ToHexString(encoded)}");
        }
    }
}

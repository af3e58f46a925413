using System.Diagnostics;
using System.Runtime;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Table;

/// <summary>A start with a snapshot that an earlier process wrote. All seconds are from before the process was started.</summary>
internal sealed record RestartFigures
{
    public const string Name = "restart";

    private static readonly TimeSpan s_giveUp = TimeSpan.FromMinutes(1);

    /// <summary>When the program's own code began.</summary>
    public required double SecondsToMain { get; init; }

    /// <summary>When there was a responder with issuer and signer, not started yet.</summary>
    public required double SecondsToResponder { get; init; }

    /// <summary>When the first right answer was there.</summary>
    public required double SecondsToAnswer { get; init; }

    /// <summary>How long the snapshot took to read, as the responder says.</summary>
    public required double SecondsToRestore { get; init; }

    /// <summary>How long the runtime compiled until the first answer, on all threads.</summary>
    public required double SecondsCompiling { get; init; }

    public static async Task<RestartFigures> MeasureAsync(TableSettings settings)
    {
        double toMain = Since(settings.StartedAt);
        await using var responder = new FilledResponder(settings);
        double toResponder = Since(settings.StartedAt);
        byte[] reply = responder.CreateReplyBuffer();
        byte[] request = new SyntheticRequest(responder.Issuer, responder.Hashes[0], responder.Serials).For(settings.Certificates - 1).ToArray(); // it was not revoked
        await responder.StartAsync();
        OcspAnswer answer;
        while ((answer = responder.Answer(request, reply)).Outcome != OcspOutcome.Good)
        {
            if (Since(settings.StartedAt) > s_giveUp.TotalSeconds)
            {
                throw new InvalidOperationException($"The answer is still {answer.Outcome}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        var figures = new RestartFigures
        {
            SecondsToMain = toMain,
            SecondsToResponder = toResponder,
            SecondsToAnswer = Since(settings.StartedAt),
            SecondsToRestore = responder.SecondsToRestore,
            SecondsCompiling = JitInfo.GetCompilationTime().TotalSeconds,
        };
        OcspResponse? response = OcspResponse.Parse(reply.AsSpan(0, answer.Length));
        OcspVerificationResult? result = response is null ? null : OcspResponseVerifier.Verify(response, responder.Issuer, TimeProvider.System.GetUtcNow());
        if (result != OcspVerificationResult.Valid)
        {
            throw new InvalidOperationException($"The first answer does not verify: {result}.");
        }

        responder.CheckAll(settings.Revocations);
        return figures;
    }

    private static double Since(long startedAt) => Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
}

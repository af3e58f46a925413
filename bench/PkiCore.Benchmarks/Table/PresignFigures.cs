using System.Globalization;

namespace PkiCore.Benchmarks.Table;

/// <summary>Signing ahead beside <see cref="BareSigning"/>, in turns (A B A B ...), each with a responder of its own that is filled first.</summary>
internal sealed record PresignFigures
{
    public const string Name = "presign";

    private const int MostCertificates = 1_000_000;

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>Signatures per second.</summary>
    public required IReadOnlyList<double> Presigner { get; init; }

    /// <inheritdoc cref="Presigner"/>
    public required IReadOnlyList<double> Bare { get; init; }

    /// <summary>Processor time of bare signing to that of signing ahead.</summary>
    public required IReadOnlyList<double> ProcessorRatios { get; init; }

    public required int SignaturesPerTurn { get; init; }

    public IReadOnlyList<double> Ratios => [.. Presigner.Zip(Bare, (ours, bare) => ours / bare)];

    public static async Task<PresignFigures> MeasureAsync(TableSettings settings)
    {
        int turns = settings.Quick ? 3 : 9;
        TableSettings part = settings with { Certificates = Math.Max(1, Math.Min(settings.Certificates, MostCertificates) / turns) };
        var presigner = new List<double>();
        var bare = new List<double>();
        var processor = new List<double>();
        int signatures = 0;
        for (int turn = -1; turn < turns; turn++)
        {
            await using var responder = new FilledResponder(part);
            signatures = part.Certificates * responder.Hashes.Count;
            await responder.StartAsync();
            await responder.WaitUntilSignedAsync(revoked: 0, s_pollInterval);
            SigningCost ours = SigningCost.Since(responder.Source.Delivered);
            responder.CheckAll(revoked: 0);
            SigningCost theirs = new BareSigning(responder.Signer, responder.GetLengthToBeSigned()).Run(signatures);
            if (turn >= 0) // the one before is for the runtime to compile everything
            {
                presigner.Add(signatures / ours.Elapsed.TotalSeconds);
                bare.Add(signatures / theirs.Elapsed.TotalSeconds);
                processor.Add(theirs.Processor / ours.Processor);
                Progress.Report(string.Create(CultureInfo.InvariantCulture, $"turn {turn + 1} of {turns}: {presigner[^1]:N0} signatures/s ahead, {bare[^1]:N0}/s bare"));
            }
        }

        return new PresignFigures { Presigner = presigner, Bare = bare, ProcessorRatios = processor, SignaturesPerTurn = signatures };
    }
}

namespace PkiCore.Benchmarks.Table;

/// <summary>Many certificates revoked in one batch: until all are answered as revoked, beside the time that as many bare signatures take.</summary>
internal sealed record RevocationFigures
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(1);

    public required int Certificates { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Before and after.</summary>
    public required IReadOnlyList<double> BareSeconds { get; init; }

    public double Ratio => Seconds / BareSeconds.Average();

    public static async Task<RevocationFigures> MeasureAsync(FilledResponder responder, int certificates)
    {
        var bare = new BareSigning(responder.Signer, responder.GetLengthToBeSigned());
        int signatures = certificates * responder.Hashes.Count;
        bare.Run(Math.Min(signatures, 10_000));
        double before = bare.Run(signatures).Elapsed.TotalSeconds;
        responder.Source.Revoke(certificates);
        await responder.WaitUntilSignedAsync(revoked: certificates, s_pollInterval);
        double seconds = SigningCost.Since(responder.Source.Delivered).Elapsed.TotalSeconds;
        double after = bare.Run(signatures).Elapsed.TotalSeconds;
        responder.CheckAll(revoked: certificates);
        return new RevocationFigures { Certificates = certificates, Seconds = seconds, BareSeconds = [before, after] };
    }
}

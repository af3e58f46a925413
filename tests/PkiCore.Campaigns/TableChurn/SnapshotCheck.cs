using System.Globalization;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.Library;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Campaigns.TableChurn;

/// <summary>Starts a second responder with a copy of the latest snapshot, and judges all that it serves.</summary>
internal sealed class SnapshotCheck(StatusHistory history, Issuer issuer, TimeProvider timeProvider, FaultList faults, int segmentBits = RecordStore.DefaultSegmentBits)
{
    /// <summary>The kind of fault of what a snapshot must not have led to.</summary>
    public const string Snapshot = "snapshot";

    private const int MaxQuestions = 400;

    public int Checked { get; private set; }

    public long Answers { get; private set; }

    /// <param name="path">The snapshot.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="signer">The signer of what the second one signs.</param>
    /// <param name="isReachable">Whether it can go on reading from the snapshot's position.</param>
    /// <param name="random">For which certificates are asked for.</param>
    public async Task RunAsync(string path, string folder, ISigner signer, bool isReachable, Random random)
    {
        File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        int told = history.Length; // nothing in the copy is newer
        var source = new HistorySource(history, timeProvider, TimeSpan.FromSeconds(2)) { IsReachable = isReachable };
        var options = new OcspResponderOptions { Validity = TimeSpan.FromMinutes(5), SnapshotDirectory = folder, ServeBeforeSync = isReachable ? ServeBeforeSync.Wait : ServeBeforeSync.Now, SegmentBits = segmentBits };
        await using var responder = new OcspResponder(options, timeProvider);
        responder.AddIssuer(issuer, signer, source);
        await responder.StartAsync();
        int known = isReachable ? told : int.TryParse(source.From.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int position) ? position : 0;
        var asker = new LibraryAsker(responder, issuer, timeProvider, faults);
        IReadOnlyList<string> serials = history.Serials;
        for (int count = Math.Min(MaxQuestions, serials.Count); count > 0; count--)
        {
            string serial = serials[random.Next(serials.Count)];
            CertIdHash hash = count % 2 == 0 ? CertIdHash.Sha1 : CertIdHash.Sha256;
            Answer? answer = await asker.AskAsync(Question.Create(issuer.Certificate, serial, hash), mayWait: isReachable);
            if (answer is not null && history.FindFault(serial, answer, known, isReachable ? history.Length : told) is { } fault)
            {
                faults.Add(Snapshot, $"{serial} by {hash} from a snapshot at {source.From.Value ?? "the beginning"} of {told}, {(isReachable ? "" : "not ")}followed by its source: {fault}");
            }
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        int expected = serials.Count(serial => history[serial][0].Offset < known && history[serial].All(version => version.NotAfter > now)); // others may have left the table
        if (responder.GetHealth().Issuers[0].Certificates is int certificates && certificates < expected)
        {
            faults.Add(Snapshot, $"{certificates} certificates came from it, and it should have {expected}");
        }

        Checked++;
        Answers += asker.Answers;
    }
}

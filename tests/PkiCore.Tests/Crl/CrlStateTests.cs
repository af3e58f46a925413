using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.State;
using PkiCore.Crl;
using PkiCore.Status;

namespace PkiCore.Tests.Crl;

/// <summary>Who is on the list, and that a restart does not change it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlStateTests
{
    private const int HeaderLength = 2 * sizeof(uint);
    private const int MagicLength = 16;

    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    [Requirement("CF-14", "CX-6")]
    public void Restart_at_any_frame_boundary_gives_the_same_CRLs_once_the_source_goes_on()
    {
        int frames = 0;
        for (int kept = 0; kept <= frames; kept++)
        {
            using IssuanceRig rig = WithDeltas();
            List<StatusChange[]> steps = WriteHistory(rig);
            string[] expected = Describe(rig);
            rig.Restart(() =>
            {
                List<long> ends = FrameEnds(rig.StatePath);
                frames = ends.Count - 1;
                Truncate(rig.StatePath, ends[kept]);
            });

            // The source goes on from the position that was kept, and at worst tells everything again.
            foreach (StatusChange[] step in steps)
            {
                rig.Apply(step);
            }

            Assert.Equal(expected, Describe(rig));
            rig.PublishAfter(s_hour);
            Assert.Equal(expected, rig.Reasons().Select(entry => $"{entry.Key} {entry.Value}").Order(StringComparer.Ordinal));
        }

        Assert.True(frames > 8, $"{frames} frames are no history");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(HeaderLength - 1)]
    [InlineData(HeaderLength)]
    [InlineData(HeaderLength + 3)]
    public void Torn_tail_is_cut_off_and_what_stands_before_it_counts(int torn)
    {
        using IssuanceRig rig = WithDeltas();
        WriteHistory(rig);
        rig.Restart(() => Truncate(rig.StatePath, FrameEnds(rig.StatePath)[^2]));
        string[] expected = Describe(rig);
        byte[] whole = [];
        rig.Restart(() =>
        {
            whole = File.ReadAllBytes(rig.StatePath);
            byte[] frame = new byte[HeaderLength + 40];
            BinaryPrimitives.WriteInt32LittleEndian(frame, 40);
            File.WriteAllBytes(rig.StatePath, [.. whole, .. frame.AsSpan(0, torn)]);
        });
        Assert.Equal(expected, Describe(rig));
        Assert.Contains(rig.Logger.Entries, entry => entry.Text.Contains($"its last {torn} bytes are not whole", StringComparison.Ordinal));

        // and what is written from now on is found again
        rig.Apply(Change.Revoked("77", rig.Now));
        rig.Restart();
        Assert.Equal([.. expected, "77 KeyCompromise"], Describe(rig));
    }

    [Fact]
    public void Byte_that_changed_on_the_disk_ends_the_journal_before_it()
    {
        using IssuanceRig rig = WithDeltas();
        WriteHistory(rig);
        rig.Restart(() =>
        {
            byte[] journal = File.ReadAllBytes(rig.StatePath);
            journal[^1] ^= 1;
            File.WriteAllBytes(rig.StatePath, journal);
        });
        Assert.Contains(rig.Logger.Entries, entry => entry.Text.Contains("are not whole", StringComparison.Ordinal));
    }

    [Fact]
    public void Journal_of_other_scopes_is_refused_and_stays_as_it_is()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new CrlAuthority("CN=Scopes");
        var clock = new ManualTimeProvider();
        var logger = new Serving.ListLogger();
        string path = directory.File("state");
        using (CrlState state = Open([new CrlScope("ca")], hasDeltas: false))
        {
            state.Apply(0, new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Changes = [Change.Revoked("05", clock.GetUtcNow())], Watermark = clock.GetUtcNow(), Position = new SourcePosition("7") });
            Assert.Equal(1, state.Scopes[0].Count);
        }

        using (CrlState same = Open([new CrlScope("ca")], hasDeltas: false))
        {
            Assert.Equal(1, same.Scopes[0].Count);
            Assert.Equal("7", same.GetReading(0).Position.Value);
        }

        foreach (CrlScope[] others in (CrlScope[][])[[new CrlScope("ca") { DistributionPoint = new IssuingDistributionPoint { OnlyContainsUserCerts = true } }], [new CrlScope("other")], [.. CrlScope.Shards(2, shard => $"http://crl.example/{shard}")]])
        {
            Assert.Contains("of other CRLs than those of the settings", Assert.Throws<InvalidDataException>(() => Open(others, hasDeltas: false)).Message, StringComparison.Ordinal);
        }

        using CrlState again = Open([new CrlScope("ca")], hasDeltas: false);
        Assert.Equal(1, again.Scopes[0].Count);
        Assert.Equal("7", again.GetReading(0).Position.Value);

        CrlState Open(CrlScope[] scopes, bool hasDeltas) => CrlState.Open(path, new ScopeSet(scopes), [authority.Issuer], hasDeltas, clock, logger);
    }

    [Fact]
    public void Second_process_cannot_open_the_state()
    {
        using var rig = new IssuanceRig();
        Assert.Throws<IOException>(() => CrlState.Open(rig.StatePath, new ScopeSet(rig.Options.Scopes), [rig.Authority.Issuer], hasDeltas: false, rig.Clock, rig.Logger));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Revocation_that_the_source_takes_back_stays_listed_with_an_alarm_that_a_restart_does_not_end(bool becomesHold)
    {
        using var rig = new IssuanceRig();
        rig.Apply(Change.Revoked("05", rig.Now));
        StatusChange undone = becomesHold ? Change.Held("05", rig.Now) : Change.Good("05");
        rig.Apply(undone);
        rig.PublishAfter(s_hour);
        Assert.Equal(X509RevocationReason.KeyCompromise, rig.Reasons()["05"]);
        Assert.Contains("ALARM", rig.State.GetReading(0).Problem, StringComparison.Ordinal);
        Assert.Contains("05", rig.State.GetReading(0).Problem, StringComparison.Ordinal);

        // the source has to tell everything again, and so the alarm comes back
        rig.Restart();
        Assert.Null(rig.State.GetReading(0).Position.Value);
        rig.State.Apply(0, new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Changes = [undone], Watermark = rig.Now });
        Assert.Contains("ALARM", rig.State.GetReading(0).Problem, StringComparison.Ordinal);

        rig.Apply(Change.Revoked("05", rig.Now));
        Assert.Null(rig.State.GetReading(0).Problem);
    }

    [Fact]
    public void Batch_of_another_history_changes_nothing()
    {
        using var rig = new IssuanceRig();
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.State.Apply(0, new StatusBatch { Verdict = StatusVerdict.OtherHistory, Changes = [Change.Revoked("06", rig.Now)], Watermark = rig.Now, Position = new SourcePosition("other") });
        Assert.Equal(["05 KeyCompromise"], Describe(rig));
        Assert.Contains("another history", rig.State.GetReading(0).Problem, StringComparison.Ordinal);
        Assert.NotEqual("other", rig.State.GetReading(0).Position.Value);
    }

    [Fact]
    public void Journal_that_can_be_written_in_part_only_leaves_nothing_on_the_disk_but_the_one_before()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("state");
        byte[] payload = [1, 2, 3];
        using (StateJournal journal = StateJournal.Open(path))
        {
            Assert.Null(journal.ReadAll(_ => { }));
            journal.Append(payload);
            Assert.Throws<IOException>(() => journal.Rewrite(UntilTheDiskIsFull()));
        }

        Assert.Equal([path], Directory.EnumerateFiles(directory.FullPath));
        using StateJournal again = StateJournal.Open(path);
        List<byte[]> payloads = [];
        Assert.Null(again.ReadAll(read => payloads.Add(read.ToArray())));
        Assert.Equal([payload], payloads);

        static IEnumerable<ReadOnlyMemory<byte>> UntilTheDiskIsFull()
        {
            yield return new byte[4096];
            throw new IOException("No space left on device");
        }
    }

    [Fact]
    public void Journal_that_cannot_be_written_is_said_and_written_whole_when_it_can_be_again()
    {
        using var rig = new IssuanceRig();
        rig.Apply(Change.Revoked("05", rig.Now));
        Directory.CreateDirectory(rig.StatePath + ".new"); // in the way of the new file
        for (int i = 0; i < 40 && rig.State.Problem is null; i++) // until the file is much longer than what it tells, and is to be written anew
        {
            rig.Apply([.. Enumerable.Range(0, 20_000).Select(n => Change.Revoked($"4{i % 2}{n:X6}", rig.Now, (X509RevocationReason)(1 + (i / 2 % 5))))]);
        }

        Assert.Contains("not saved", rig.State.Problem, StringComparison.Ordinal);
        Directory.Delete(rig.StatePath + ".new");
        rig.Apply(Change.Revoked("07", rig.Now));
        Assert.Null(rig.State.Problem);
        string[] expected = Describe(rig);
        rig.Restart();
        Assert.Equal(expected, Describe(rig));
        Assert.True(new FileInfo(rig.StatePath).Length < 4 << 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("BR-2")]
    public void Change_that_no_CRL_tells_of_yet_is_still_to_be_told_after_the_journal_was_written_whole(bool deltas)
    {
        using var rig = new IssuanceRig(options =>
        {
            options.PublishAfterChange = s_hour;
            options.DeltaInterval = deltas ? s_hour : null;
        });
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        rig.Apply(Change.Revoked("06", rig.Now));
        CrlState before = rig.State;
        rig.Restart(() => RewriteWhole(rig.StatePath, before));
        rig.Clock.Advance(s_hour);
        Assert.Contains(rig.Publish(all: false), due => !due.IsDelta);
        Assert.True(rig.Reasons().ContainsKey("06"));
    }

    private static IssuanceRig WithDeltas() => new(options => options.DeltaInterval = s_hour);

    /// <summary>Entries, changes, a hold that is put and released, publications of both kinds.</summary>
    private static List<StatusChange[]> WriteHistory(IssuanceRig rig)
    {
        List<StatusChange[]> steps = [];
        Step(Change.Revoked("05", rig.Now), Change.Held("06", rig.Now), Change.Held("07", rig.Now));
        rig.Publish();
        Step(Change.Good("06"), Change.Revoked("08", rig.Now));
        rig.PublishAfter(s_hour);
        Step(Change.Held("09", rig.Now));
        Step(Change.Good("09"));
        Step(Change.Revoked("07", rig.Now));
        return steps;

        void Step(params StatusChange[] changes)
        {
            rig.Apply(changes);
            steps.Add(changes);
        }
    }

    private static string[] Describe(IssuanceRig rig)
    {
        var builder = new CrlBuilder(rig.Authority.Issuer, [(rig.Authority.Issuer, rig.State.Scopes[0].ByIssuer[0].Revoked)]) { Number = 1, ThisUpdate = rig.Now, NextUpdate = rig.Now + s_hour };
        using var stream = new MemoryStream();
        builder.WriteTo(stream, rig.Signer, s_hour);
        return [.. CrlReading.All(stream.ToArray()).Select(entry => $"{Convert.ToHexString(entry.Serial)} {(X509RevocationReason)entry.Reason}").Order(StringComparer.Ordinal)];
    }

    /// <summary>What happens by itself when the journal has grown long.</summary>
    private static void RewriteWhole(string path, CrlState state)
    {
        using var journal = StateJournal.Open(path);
        string? purpose = null;
        journal.ReadAll(payload =>
        {
            var reader = new StateRecordReader(payload);
            purpose ??= reader.ReadKind() == StateRecordKind.Purpose ? reader.ReadText() : "";
        });
        journal.Rewrite(new StateImage(purpose!, state.Scopes, [state.GetReading(0)]).Frames);
    }

    private static List<long> FrameEnds(string path)
    {
        byte[] journal = File.ReadAllBytes(path);
        List<long> ends = [MagicLength];
        while (ends[^1] < journal.Length)
        {
            ends.Add(ends[^1] + HeaderLength + BinaryPrimitives.ReadInt32LittleEndian(journal.AsSpan((int)ends[^1])));
        }

        return ends;
    }

    private static void Truncate(string path, long length)
    {
        using FileStream file = File.OpenWrite(path);
        file.SetLength(length);
    }
}

using PkiCore.Serving;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>A responder that starts from the snapshot of the one before.</summary>
public sealed class SnapshotRestartTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestRig _before;

    public SnapshotRestartTests() => _before = new TestRig(Options());

    [Fact]
    public async Task Answers_come_back_and_the_source_goes_on_from_its_position()
    {
        byte[] old = await RunBeforeAsync("42");
        await using var rig = new TestRig(Options(), before: _before);
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        await DeliverAsync(rig, StatusBatchKind.Changes, "43", Revoked("03"));
        await started.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(new SourcePosition("42"), rig.Source.LastPosition);
        Assert.Equal(old, rig.Answer("01").Bytes);
        rig.Verify(rig.Answer("02"));
        Assert.Equal(OcspOutcome.Revoked, rig.Answer("02").Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer("04").Outcome); // the source has said all it knows
        WaitUntil(() => rig.Answer("03").Outcome == OcspOutcome.Revoked, "what came meanwhile is signed");
        Assert.Equal(2, rig.Signer.Calls);
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: false });
    }

    [Theory]
    [InlineData(ServeBeforeSync.Wait, 0, false)]
    [InlineData(ServeBeforeSync.Wait, 9, false)]
    [InlineData(ServeBeforeSync.Wait, 11, true)]
    [InlineData(ServeBeforeSync.Never, 120, false)]
    [InlineData(ServeBeforeSync.Now, 0, true)]
    public async Task A_source_that_says_nothing_is_waited_for_as_told(ServeBeforeSync policy, int seconds, bool isServed)
    {
        byte[] old = await RunBeforeAsync("42");
        await using var rig = new TestRig(Options(policy), before: _before);
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        WaitUntil(() => rig.Source.Readings == 1, "the snapshot was read");
        await rig.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        WaitUntil(() => !isServed || rig.Answer("01").Outcome == OcspOutcome.Good, "it is served");

        Assert.Equal(isServed ? OcspOutcome.Good : OcspOutcome.TryLater, rig.Answer("01").Outcome);
        WaitUntil(() => rig.Responder.GetHealth() is var health && health.IsReady == isServed && (health.IsDegraded || !isServed), "the health says so");
        Assert.Equal(OcspOutcome.TryLater, rig.Answer("77").Outcome); // not known to be unknown
        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync(new TestRequest().Add(rig.Authority.Issuer, "01").Add(rig.Authority.Issuer, "02").Encode())).Outcome);
        Assert.Equal(0, rig.Signer.Calls);
        Assert.True(!isServed || old.AsSpan().SequenceEqual(rig.Answer("01").Bytes));

        await DeliverAsync(rig, StatusBatchKind.Changes, "43"); // the source comes back
        WaitUntil(() => { rig.Clock.Advance(TimeSpan.FromSeconds(1)); return started.IsCompleted; }, "the start ends");
        Assert.Equal(old, rig.Answer("01").Bytes);
        WaitUntil(() => rig.Responder.GetHealth() is { IsReady: true, IsDegraded: false }, "all is well");
    }

    [Theory]
    [InlineData(ServeBeforeSync.Wait)]
    [InlineData(ServeBeforeSync.Never)]
    [InlineData(ServeBeforeSync.Now)]
    public async Task Nothing_is_signed_before_the_source_has_confirmed_it(ServeBeforeSync policy)
    {
        await RunBeforeAsync("42");
        await using var rig = new TestRig(Options(policy), before: _before);
        rig.Clock.StepUtcNow(rig.Now.AddDays(3.9)); // all is due
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        await rig.DeliverStaleAsync();
        await rig.AdvanceAsync(TimeSpan.FromSeconds(20));
        await rig.DeliverAsync(StatusBatchKind.Changes, StatusVerdict.OtherHistory);
        await rig.DeliverAsync(StatusBatchKind.CompleteState, StatusVerdict.Current, Good("01"));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(policy == ServeBeforeSync.Never ? OcspOutcome.TryLater : OcspOutcome.Good, rig.Answer("01").Outcome);
        Assert.Equal(0, rig.Signer.Calls);

        await rig.DeliverStateAsync(Good("01"), Revoked("02"));
        WaitUntil(() => rig.Answer("01").Answer.Batch?.ProducedAt >= rig.Now.AddMinutes(-1), "it is signed again");
        WaitUntil(() => { rig.Clock.Advance(TimeSpan.FromSeconds(1)); return started.IsCompleted; }, "the start ends");
    }

    [Fact]
    public async Task A_replay_of_changes_that_are_in_the_snapshot_is_no_alarm()
    {
        await RunBeforeAsync("42");
        await using var rig = new TestRig(Options(), before: _before);
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        await DeliverAsync(rig, StatusBatchKind.Changes, "43", Held("02"), Revoked("02")); // how 02 came to be revoked
        await started.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Empty(rig.Health.Problems);
        await rig.DisposeAsync();
        await using var next = new TestRig(Options(), before: _before);
        _ = next.Responder.StartAsync(TestContext.Current.CancellationToken);
        WaitUntil(() => next.Source.Readings == 1, "the snapshot was read");
        Assert.NotEqual(default, next.Source.LastPosition);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("vanished")]
    public async Task With_an_alarm_there_is_no_position(string alarm)
    {
        await RunBeforeAsync("42", alarm == "refused" ? [Good("01"), Good("02")] : [Good("01")]);
        await using var rig = new TestRig(Options(), before: _before);
        _ = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        await DeliverAsync(rig, StatusBatchKind.CompleteStateEnd, "43", alarm == "refused" ? [Good("01"), Good("02")] : [Good("01")]);

        Assert.Equal(default, rig.Source.LastPosition);
        Assert.NotEmpty(rig.Health.Problems); // not forgotten
        Assert.Equal(OcspOutcome.Revoked, rig.Answer("02").Outcome);
    }

    [Fact]
    public async Task Another_history_does_not_become_the_position()
    {
        await RunBeforeAsync("42", StatusVerdict.OtherHistory, "99");
        await using var rig = new TestRig(Options(), before: _before);
        _ = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        WaitUntil(() => rig.Source.Readings == 1, "the snapshot was read");

        Assert.Equal(new SourcePosition("42"), rig.Source.LastPosition);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(100)]
    [InlineData(-1)]
    public async Task A_spoilt_snapshot_is_no_obstacle(int place)
    {
        await RunBeforeAsync("42");
        string path = Assert.Single(Directory.GetFiles(_directory.FullPath, "*.table"));
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[place < 0 ? bytes.Length / 2 : place] ^= 0x55;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        await using var rig = await StartPreparedAsync(new TestRig(Options(), before: _before), Good("01"), Revoked("02"));

        rig.Verify(rig.Answer("01"));
        Assert.Contains(rig.Log.Entries, entry => entry.Level == Microsoft.Extensions.Logging.LogLevel.Warning && entry.Text.Contains(path, StringComparison.Ordinal));
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: false });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public async Task Answers_from_the_future_or_the_past_are_not_served(int days)
    {
        await RunBeforeAsync("42");
        await using var rig = new TestRig(Options(ServeBeforeSync.Now), before: _before);
        rig.Clock.StepUtcNow(rig.Now.AddDays(days));
        _ = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        WaitUntil(() => rig.Source.Readings == 1, "the snapshot was read");

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        await rig.DeliverChangesAsync();
        WaitUntil(() => rig.Answer("01").Outcome == OcspOutcome.Good, "it is signed anew");
        rig.Verify(rig.Answer("01"));
    }

    [Fact]
    public async Task Other_hashes_need_other_answers()
    {
        await RunBeforeAsync("42");
        OcspResponderOptions options = Options();
        options.PreparedHashes = [PkiCore.X509.CertIdHash.Sha256];
        await using var rig = new TestRig(options, before: _before);
        _ = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        WaitUntil(() => rig.Source.Readings == 1, "the snapshot was looked at");

        Assert.Equal(default, rig.Source.LastPosition);
        Assert.Equal(0, rig.Health.Certificates);
    }

    public async ValueTask DisposeAsync()
    {
        await _before.DisposeAsync();
        _directory.Dispose();
    }

    private static Task DeliverAsync(TestRig rig, StatusBatchKind kind, string position, params StatusChange[] changes) => rig.Source.DeliverAsync(
        new StatusBatch { Kind = kind, Watermark = rig.Now, Changes = changes, Position = new SourcePosition(position) });

    private OcspResponderOptions Options(ServeBeforeSync policy = ServeBeforeSync.Wait) => new() { SnapshotDirectory = _directory.FullPath, ServeBeforeSync = policy };

    private Task<byte[]> RunBeforeAsync(string position, StatusVerdict verdict, string otherPosition) =>
        RunBeforeAsync(position, () => _before.Source.DeliverAsync(new StatusBatch { Watermark = _before.Now, Verdict = verdict, Position = new SourcePosition(otherPosition) }));

    private Task<byte[]> RunBeforeAsync(string position, params StatusChange[] second) =>
        RunBeforeAsync(position, () => second.Length == 0 ? Task.CompletedTask : DeliverAsync(_before, StatusBatchKind.CompleteStateEnd, position, second));

    private async Task<byte[]> RunBeforeAsync(string position, Func<Task> deliver)
    {
        Task started = _before.Responder.StartAsync(TestContext.Current.CancellationToken);
        await DeliverAsync(_before, StatusBatchKind.CompleteStateEnd, position, Good("01"), Revoked("02"));
        await started.WaitAsync(Patience, TestContext.Current.CancellationToken);
        _before.WaitUntilPrepared(Good("01"), Revoked("02"));
        byte[] answer = _before.Answer("01").Bytes;
        await deliver();
        await _before.Responder.DisposeAsync();
        string file = Assert.Single(Directory.GetFiles(_directory.FullPath, "*.table"));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Empty(Directory.GetFiles(_directory.FullPath, "*.tmp"));
        return answer;
    }
}

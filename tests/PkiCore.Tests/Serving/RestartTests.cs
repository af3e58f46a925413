using Microsoft.Extensions.Logging;
using PkiCore.IO;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Serving.Snapshots;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>A responder that starts again with the snapshot of the one before.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly DotNetSigner _signer;

    public RestartTests() => _signer = _authority.CreateSigner();

    [Fact]
    public async Task What_waited_to_be_signed_when_the_snapshot_was_taken_is_signed_after_the_restart()
    {
        await RunOnceAsync(signer: null, Good("01"), Revoked("02"));

        await using Life life = Start();
        await life.Source.DeliverAsync(Batch());

        WaitUntil(() => life.Answer("01").Batch is not null && life.Answer("02").Batch is not null, "the certificates are signed");
    }

    [Fact]
    public async Task What_only_seemed_to_have_expired_when_the_snapshot_was_taken_is_signed_after_the_restart()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        _clock.StepUtcNow(now.AddHours(2));
        await RunOnceAsync(_signer, Good("01", now.AddHours(1)));
        _clock.StepUtcNow(now);

        await using Life life = Start();
        await life.Source.DeliverAsync(Batch());
        await _clock.WaitForTimersAsync(1, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(1));

        WaitUntil(() => life.Answer("01").Batch is not null, "the certificate is signed");
    }

    [Fact]
    public async Task Nothing_of_a_snapshot_is_served_before_the_source_is_read_not_even_while_it_is_loaded()
    {
        await RunOnceAsync(_signer, Good("01"));
        var outcome = new TaskCompletionSource<OcspOutcome>();
        Life? life = null;
        using var log = new LogHook(id =>
        {
            if (id == "SnapshotRead")
            {
                outcome.SetResult(life!.Answer("01").Outcome);
            }
        });

        life = Create(log, new OcspResponderOptions { SnapshotDirectory = _directory.FullPath, ServeBeforeSync = ServeBeforeSync.Never });
        await using (life)
        {
            life.Begin();
            Assert.Equal(OcspOutcome.TryLater, await outcome.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_snapshot_with_contents_that_cannot_be_does_not_keep_the_source_from_being_read()
    {
        await RunOnceAsync(_signer, Good("01"));
        Forge(contents => new SnapshotContents
        {
            Purpose = contents.Purpose,
            LastChange = contents.LastChange,
            SegmentBits = contents.SegmentBits,
            Segments = contents.Segments,
            Seed = contents.Seed,
            IndexCapacity = uint.MaxValue,
            SlotBits = contents.SlotBits,
            Batches = contents.Batches,
            Rare = contents.Rare,
        });

        await using Life life = Start();
        await life.Source.DeliverAsync(Batch(StatusBatchKind.CompleteStateEnd, Good("01")));

        WaitUntil(() => life.Answer("01").Outcome == OcspOutcome.Good, "the certificate is signed");
    }

    [Fact]
    public async Task A_snapshot_with_segments_of_another_size_is_not_used()
    {
        await RunOnceAsync(_signer, Good("01"));
        using var log = new ListLogger();

        await using Life life = Create(log, new OcspResponderOptions { SnapshotDirectory = _directory.FullPath, SegmentBits = 4 });
        life.Begin();
        await life.Source.DeliverAsync(Batch(StatusBatchKind.CompleteStateEnd, Good("01")));

        Assert.Contains(log.Entries, entry => entry.Text.Contains("is not used: its segments", StringComparison.Ordinal));
        Assert.Equal(default, life.Source.LastPosition);
    }

    public void Dispose()
    {
        _signer.Dispose();
        _authority.Dispose();
        _directory.Dispose();
    }

    /// <summary>Leaves a snapshot behind, with everything set aside or signed that can be.</summary>
    private async Task RunOnceAsync(ISigner? signer, params StatusChange[] state)
    {
        await using Life life = Create(null, new OcspResponderOptions { SnapshotDirectory = _directory.FullPath }, hasSigner: signer is not null);
        life.Begin();
        await life.Source.DeliverAsync(Batch(StatusBatchKind.CompleteStateEnd, state));
        WaitUntil(() => signer is null || life.Health.WaitingToBeSigned == 0, "everything is dealt with");
    }

    private Life Start()
    {
        Life life = Create(null, new OcspResponderOptions { SnapshotDirectory = _directory.FullPath });
        life.Begin();
        return life;
    }

    private Life Create(ILoggerFactory? log, OcspResponderOptions options, bool hasSigner = true)
    {
        var life = new Life(_authority, new OcspResponder(options, _clock, log));
        if (hasSigner)
        {
            life.Responder.AddIssuer(_authority.Issuer, _signer, life.Source);
        }
        else
        {
            life.Responder.AddIssuer(_authority.Issuer, life.Source, "no signer yet");
        }

        return life;
    }

    private StatusBatch Batch(StatusBatchKind kind = StatusBatchKind.Changes, params StatusChange[] changes) =>
        new() { Kind = kind, Changes = changes, Watermark = _clock.GetUtcNow(), Position = new SourcePosition("here") };

    /// <summary>Replaces the contents of the snapshot, with a checksum that fits.</summary>
    private void Forge(Func<SnapshotContents, SnapshotContents> forge)
    {
        string path = Assert.Single(Directory.GetFiles(_directory.FullPath, "*.table"));
        byte[] file = File.ReadAllBytes(path);
        int length = BitConverter.ToInt32(file, 12);
        byte[] contents = SnapshotFormat.Write(forge(SnapshotFormat.Read(file[16..(16 + length)])));
        byte[] checksum = BitConverter.GetBytes(Crc32C.Compute(contents));
        File.WriteAllBytes(path, [.. file[..12], .. BitConverter.GetBytes(contents.Length), .. contents, .. checksum, .. file[(20 + length)..]]);
    }

    private sealed record Life(TestAuthority Authority, OcspResponder Responder) : IAsyncDisposable
    {
        private Task _started = Task.CompletedTask;

        public ScriptedSource Source { get; } = new();

        public IssuerHealth Health => Responder.GetHealth().Issuers[0];

        public void Begin() => _started = Responder.StartAsync(TestContext.Current.CancellationToken);

        public OcspAnswer Answer(string serial) => Responder.Answer(TestRequest.For(Authority.Issuer, serial, PkiCore.X509.CertIdHash.Sha256), new byte[Responder.MaxResponseLength]);

        public async ValueTask DisposeAsync()
        {
            await Responder.DisposeAsync();
            await _started;
        }
    }

    /// <summary>Tells of each message as it is logged, on the thread that logs it.</summary>
    private sealed class LogHook(Action<string?> onMessage) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => onMessage(eventId.Name);

        public void Dispose()
        {
        }
    }
}

using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.Tests.Serving;
using PkiCore.Tests.Signing;

namespace PkiCore.Tests.Crl;

/// <summary>The publisher with its threads; what it publishes when is <see cref="CrlScheduleTests"/>.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlPublisherTests : IAsyncDisposable
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly TemporaryDirectory _directory = new();
    private readonly CrlAuthority _authority = new("CN=Publisher CA");
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ScriptedSource _source = new();
    private readonly ListLogger _logger = new();
    private readonly List<CrlPublisher> _publishers = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string CrlPath => Path.Combine(_directory.FullPath, "current", "ca.crl");

    [Fact]
    [Requirement("CF-2", "CX-1", "CX-2", "CF-14")]
    public async Task Nothing_is_published_before_the_source_was_read_completely_and_then_at_once()
    {
        CrlPublisher publisher = await StartAsync();
        await DeliverAsync(StatusBatchKind.CompleteState, Change.Revoked("05", _clock.GetUtcNow()));
        await TickAsync();
        Assert.False(File.Exists(CrlPath));
        Assert.NotEmpty(publisher.GetHealth().Problems);

        await DeliverAsync(StatusBatchKind.CompleteStateEnd, Change.Revoked("06", _clock.GetUtcNow()));
        await EventuallyPublishedAsync(2);
        using var reader = CrlReader.Open(CrlPath);
        Assert.True(reader.Verify(_authority.Certificate));
        Assert.Equal(2, reader.Version);
        Assert.Equal(1, reader.Number);
        Assert.NotNull(reader.NextUpdate);
        Assert.False(reader.AuthorityKeyIdentifier.IsEmpty);
        await Eventually.HoldsAsync("the health says so", () => publisher.GetHealth() is { Problems.Count: 0, Revoked: 2, NextPublication: not null }, Cancellation);
    }

    [Fact]
    public async Task Change_is_published_by_itself_when_it_is_due_and_survives_a_restart()
    {
        CrlPublisher publisher = await StartAsync(options => options.PublishAfterChange = TimeSpan.Zero);
        await DeliverAsync(StatusBatchKind.CompleteStateEnd);
        await EventuallyPublishedAsync(0);
        _clock.Advance(TimeSpan.FromSeconds(1)); // two CRLs of one name never have one thisUpdate
        await DeliverAsync(StatusBatchKind.Changes, Change.Revoked("05", _clock.GetUtcNow()));
        await EventuallyPublishedAsync(1);
        await StopAsync(publisher);

        await StartAsync();
        await Eventually.HoldsAsync("the source goes on", () => _source.LastPosition.Value is not null, Cancellation);
        await DeliverAsync(StatusBatchKind.Changes, Change.Revoked("06", _clock.GetUtcNow()));
        _clock.Advance(TimeSpan.FromDays(1));
        await DeliverAsync(StatusBatchKind.Changes);
        await EventuallyPublishedAsync(2);
    }

    [Fact]
    public async Task Source_that_was_not_read_lately_stops_publishing_until_it_is()
    {
        CrlPublisher publisher = await StartAsync();
        await DeliverAsync(StatusBatchKind.CompleteStateEnd, Change.Revoked("05", _clock.GetUtcNow()));
        await EventuallyPublishedAsync(1);
        _clock.Advance(TimeSpan.FromDays(1));
        await TickAsync();
        await Eventually.HoldsAsync("said", () => publisher.GetHealth().Problems.Any(problem => problem.Contains("not read completely of late", StringComparison.Ordinal)), Cancellation);
        Assert.Equal(1, NumberOf(CrlPath));
        await DeliverAsync(StatusBatchKind.Changes);
        await TickUntilAsync("published", () => NumberOf(CrlPath) == 2);
        await Eventually.HoldsAsync("the health says so", () => publisher.GetHealth().OldestThisUpdate > _clock.GetUtcNow().AddMinutes(-2), Cancellation);
    }

    [Fact]
    public async Task Disk_that_fails_leaves_the_old_set_is_said_and_is_tried_again_under_another_number()
    {
        CrlPublisher publisher = await StartAsync();
        await DeliverAsync(StatusBatchKind.CompleteStateEnd, Change.Revoked("05", _clock.GetUtcNow()));
        await EventuallyPublishedAsync(1);
        string inTheWay = Path.Combine(_directory.FullPath, "publications", "000000000002");
        await File.WriteAllTextAsync(inTheWay, "", Cancellation);
        await PassASecondAsync();
        await Assert.ThrowsAsync<IOException>(() => publisher.PublishAsync(Cancellation));
        Assert.Equal(1, NumberOf(CrlPath));
        Assert.Contains(publisher.GetHealth().Problems, problem => problem.Contains("000000000002", StringComparison.Ordinal));
        File.Delete(inTheWay);
        await PassASecondAsync();
        await publisher.PublishAsync(Cancellation);
        Assert.Equal(3, NumberOf(CrlPath));
        Assert.Empty(publisher.GetHealth().Problems);
    }

    [Fact]
    public async Task Signer_that_hangs_does_not_keep_the_publisher_and_another_takes_over()
    {
        using var key = ECDsa.Create(((ECDsa)_authority.Key).ExportParameters(includePrivateParameters: true));
        using var released = new ManualResetEventSlim();
        var stuck = new ScriptedSigner("stuck", key, _authority.Certificate) { Before = _ => released.Wait(Cancellation) };
        CrlPublisher publisher = await StartAsync(options => options.SigningTimeout = TimeSpan.FromMilliseconds(50), stuck);
        await DeliverAsync(StatusBatchKind.CompleteStateEnd, Change.Revoked("05", _clock.GetUtcNow()));
        await Eventually.HoldsAsync("said", () => publisher.GetHealth().Problems.Any(problem => problem.Contains("has not answered", StringComparison.Ordinal)), Cancellation);
        using DotNetSigner good = _authority.CreateSigner();
        publisher.SetSigner(good);
        await publisher.PublishAsync(Cancellation);
        Assert.Equal(1, CountOf(CrlPath));
        released.Set();
    }

    [Fact]
    [Requirement("CF-12", "T-7")]
    public async Task Certificates_with_serial_numbers_that_none_should_have_can_be_revoked()
    {
        await StartAsync();
        string[] serials = ["00", "FF", "80", "0080", "8000000000000000000000000000000000000001", "00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"];
        await DeliverAsync(StatusBatchKind.CompleteStateEnd, [.. serials.Select(serial => Change.Revoked(serial, _clock.GetUtcNow()))]);
        await EventuallyPublishedAsync(serials.Length);
        Assert.Equal(serials, CrlReading.All(await File.ReadAllBytesAsync(CrlPath, Cancellation)).Select(entry => Convert.ToHexString(entry.Serial)));
    }

    [Fact]
    public async Task Issuer_cannot_be_added_once_it_runs_and_nothing_is_published_before()
    {
        CrlPublisher publisher = Create(_ => { }, _authority.CreateSigner());
        await Assert.ThrowsAsync<InvalidOperationException>(() => publisher.PublishAsync(Cancellation));
        await publisher.StartAsync(Cancellation);
        Assert.Throws<InvalidOperationException>(() => publisher.AddIssuer(_authority.Issuer, _source));
    }

    [Fact]
    public async Task Disk_that_is_full_is_an_error_of_the_builder_too()
    {
        using DotNetSigner signer = _authority.CreateSigner();
        DateTimeOffset now = _clock.GetUtcNow();
        var builder = new CrlBuilder(_authority.Issuer) { Number = 1, ThisUpdate = now, NextUpdate = now + s_hour };
        await using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Assert.Throws<IOException>(() => builder.WriteTo(full, signer, s_hour));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (CrlPublisher publisher in _publishers)
        {
            await publisher.DisposeAsync();
        }

        _authority.Dispose();
        _directory.Dispose();
    }

    private CrlPublisher Create(Action<CrlPublisherOptions> configure, ISigner signer)
    {
        var options = new CrlPublisherOptions { Directory = _directory.FullPath };
        configure(options);
        var publisher = new CrlPublisher(_authority.Issuer, signer, _source, options, _clock, _logger);
        _publishers.Add(publisher);
        return publisher;
    }

    private async Task<CrlPublisher> StartAsync(Action<CrlPublisherOptions>? configure = null, ISigner? signer = null)
    {
        CrlPublisher publisher = Create(configure ?? (_ => { }), signer ?? _authority.CreateSigner());
        await publisher.StartAsync(Cancellation);
        return publisher;
    }

    private async Task StopAsync(CrlPublisher publisher)
    {
        await publisher.DisposeAsync();
        _publishers.Remove(publisher);
    }

    private Task DeliverAsync(StatusBatchKind kind, params StatusChange[] changes) => _source.DeliverAsync(new StatusBatch
    {
        Kind = kind,
        Changes = changes,
        Watermark = _clock.GetUtcNow(),
        Position = kind == StatusBatchKind.CompleteState ? default : new SourcePosition($"{_clock.GetUtcNow().UtcTicks}"),
    });

    /// <summary>No two CRLs of one name have one thisUpdate, and that is a time as of which the source is known.</summary>
    private Task PassASecondAsync()
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return DeliverAsync(StatusBatchKind.Changes);
    }

    private async Task TickAsync()
    {
        await _clock.WaitForTimersAsync(1, Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _clock.WaitForTimersAsync(1, Cancellation);
    }

    private Task<TimeSpan> EventuallyPublishedAsync(int count) => TickUntilAsync($"{count} entries", () => File.Exists(CrlPath) && CountOf(CrlPath) == count);

    private Task<TimeSpan> TickUntilAsync(string what, Func<bool> condition) => Eventually.HoldsAsync(
        what,
        () =>
        {
            if (condition())
            {
                return true;
            }

            _clock.Advance(TimeSpan.FromMilliseconds(500));
            return false;
        },
        Cancellation);

    private static int CountOf(string path) => CrlReading.Count(File.ReadAllBytes(path));

    private static System.Numerics.BigInteger? NumberOf(string path)
    {
        using var reader = CrlReader.Open(path);
        return reader.Number;
    }
}

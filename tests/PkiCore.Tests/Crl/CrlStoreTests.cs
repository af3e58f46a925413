using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PkiCore.Crl.Files;
using PkiCore.Crl;
using PkiCore.Tests.Serving;

namespace PkiCore.Tests.Crl;

/// <summary>A plain directory of CRLs, and what holds for both kinds.</summary>
public sealed partial class CrlStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly ListLogger _log = new();

    private DateTimeOffset Now => _clock.GetUtcNow();

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Requirement("CD-2")]
    public void Crl_is_found_by_its_name_with_its_times_and_bytes()
    {
        byte[] crl = Write("ca.crl", seed: 1);
        using CrlStore store = Open();
        using CrlDownload download = store.Open("ca.crl")!;

        Assert.Equal(["ca.crl"], store.Names);
        Assert.Null(store.Problem);
        Assert.Equal(crl.Length, download.Length);
        Assert.Equal(Now, download.ThisUpdate);
        Assert.Equal(Now.AddDays(1), download.NextUpdate);
        Assert.Equal("Thu, 01 Jan 2026 00:00:00 GMT", download.LastModified);
        Assert.Equal(crl, Bytes(download));
        Assert.Equal(0, download.Read(crl.Length, new byte[1]));
    }

    [Fact]
    [Requirement("CD-2", "T-17")]
    public void Same_bytes_have_the_same_strong_tag_everywhere_and_other_bytes_another()
    {
        Write("a.crl", seed: 1);
        Write("b.crl", seed: 1);
        Write("c.crl", seed: 2);
        using CrlStore store = Open();

        Assert.Matches("^\"[0-9a-f]{32}\"$", ETag(store, "a.crl")!);
        Assert.Equal(ETag(store, "a.crl"), ETag(store, "b.crl"));
        Assert.NotEqual(ETag(store, "a.crl"), ETag(store, "c.crl"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("CA.CRL")]
    [InlineData("ca.crl/")]
    [InlineData("./ca.crl")]
    [InlineData("../outside.crl")]
    [InlineData("sub/inner.crl")]
    [InlineData("inner.crl")]
    [InlineData("ca.crl\0")]
    [InlineData(".hidden.crl")]
    [InlineData("ca.crl.tmp")]
    public void Nothing_but_the_names_in_the_directory_is_found(string name)
    {
        Directory.CreateDirectory(_directory.File("crls/sub"));
        foreach (string file in new[] { "crls/ca.crl", "outside.crl", "crls/sub/inner.crl", "crls/.hidden.crl", "crls/ca.crl.tmp" })
        {
            Write(file, seed: 1);
        }

        using CrlStore store = Open("crls");
        Assert.Equal(["ca.crl"], store.Names);
        Assert.Null(store.Open(name));
    }

    [Fact]
    public void Replaced_added_and_removed_files_are_noticed_within_a_second()
    {
        Write("ca.crl", seed: 1);
        Write("old.crl", seed: 5);
        using CrlStore store = Open();
        string? before = ETag(store, "ca.crl");

        Replace("ca.crl", PlainCrl.Encode(Now, null, seed: 2));
        Write("new.crl", seed: 3);
        File.Delete(_directory.File("old.crl"));
        Assert.Equal(before, ETag(store, "ca.crl"));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.NotEqual(before, ETag(store, "ca.crl"));
        Assert.Equal(["ca.crl", "new.crl"], store.Names.Order(StringComparer.Ordinal));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, _log.Entries.Count); // one for each state, none for a look without a change
    }

    [Fact]
    public void File_that_is_no_crl_is_not_served_and_told_once_and_the_others_are_served()
    {
        Write("ca.crl", seed: 1);
        File.WriteAllText(_directory.File("text.crl"), "not DER");
        File.WriteAllBytes(_directory.File("empty.crl"), []);
        using CrlStore store = Open();
        _clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(["ca.crl"], store.Names);
        Assert.StartsWith("files that are not served: 2 (empty.crl: ", store.Problem, StringComparison.Ordinal);
        Assert.Contains("; text.crl: ", store.Problem, StringComparison.Ordinal);
        Assert.Single(_log.Entries, entry => entry.Text.Contains("text.crl", StringComparison.Ordinal));

        Write("text.crl", seed: 2);
        File.Delete(_directory.File("empty.crl"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(store.Problem);
        Assert.NotNull(ETag(store, "text.crl"));
    }

    [Fact]
    public void Half_a_crl_is_refused_and_what_it_replaces_is_served_on()
    {
        byte[] crl = Write("ca.crl", seed: 1);
        using CrlStore store = Open();
        string? before = ETag(store, "ca.crl");

        Replace("ca.crl", crl[..^1]);
        store.Refresh();
        Assert.NotNull(store.Problem);
        Assert.Equal(before, ETag(store, "ca.crl"));
        store.Refresh();
        Assert.Equal(before, ETag(store, "ca.crl"));

        Replace("ca.crl", PlainCrl.Encode(Now, null, seed: 2));
        store.Refresh();
        Assert.Null(store.Problem);
        Assert.NotEqual(before, ETag(store, "ca.crl"));
    }

    [Theory]
    [InlineData(0, true, 1)]
    [InlineData(500, true, 5)]
    [InlineData(60_000, true, 30)]
    [InlineData(60_000, false, 1)]
    public void Slow_look_at_a_plain_directory_puts_the_next_one_off_by_half_a_minute_at_most(int milliseconds, bool isPlain, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), CrlStore.FindPause(TimeSpan.FromMilliseconds(milliseconds), isPlain));

    [Fact]
    public void File_that_is_overwritten_with_less_is_not_served_until_it_is_a_crl_again()
    {
        byte[] crl = Write("ca.crl", seed: 1);
        using CrlStore store = Open();
        File.WriteAllBytes(_directory.File("ca.crl"), crl[..^1]);
        store.Refresh();
        Assert.Empty(store.Names);

        File.WriteAllBytes(_directory.File("ca.crl"), crl);
        store.Refresh();
        Assert.Equal(crl, Bytes(store, "ca.crl"));
    }

    [Fact]
    public void File_that_cannot_be_opened_is_tried_again_without_a_change()
    {
        byte[] crl = Write("real/target.crl", seed: 1);
        File.CreateSymbolicLink(_directory.File("ca.crl"), _directory.File("real/later.crl"));
        using CrlStore store = Open();
        Assert.Contains("ca.crl", store.Problem, StringComparison.Ordinal);

        File.Move(_directory.File("real/target.crl"), _directory.File("real/later.crl"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(store.Problem);
        Assert.Equal(crl, Bytes(store, "ca.crl"));
    }

    [Fact]
    public void Pipe_in_the_directory_holds_nothing_up()
    {
        Write("ca.crl", seed: 1);
        Assert.Equal(0, MakePipe(_directory.File("pipe.crl"), 0x180));
        using CrlStore store = Open();
        Assert.Equal(["ca.crl"], store.Names);
        Assert.Contains("pipe.crl is empty", store.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Directory_may_come_later_and_go_away_again()
    {
        using CrlStore store = Open("later");
        Assert.NotNull(store.Problem);
        Assert.Empty(store.Names);

        Write("later/ca.crl", seed: 1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(store.Problem);

        Directory.Move(_directory.File("later"), _directory.File("away"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(store.Problem);
        Assert.NotNull(ETag(store, "ca.crl"));
    }

    [Fact]
    public void Directory_without_any_crl_is_a_problem()
    {
        using CrlStore store = Open();
        Assert.StartsWith("there is no CRL in ", store.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Number_of_files_is_bounded()
    {
        Write("a.crl", seed: 1);
        Write("b.crl", seed: 2);
        CrlPlace place = CrlPlace.Find(_directory.FullPath);
        CrlSet.Load(place, CrlSet.Empty, maxFiles: 2).Release();
        Assert.Throws<InvalidDataException>(() => CrlSet.Load(place, CrlSet.Empty, maxFiles: 1));
        Assert.Equal(100_000, CrlSet.MaxFiles);
    }

    [Fact]
    public void Disposed_store_has_no_crls_and_follows_nothing_but_its_downloads_go_on()
    {
        byte[] crl = Write("ca.crl", seed: 1);
        CrlStore store = Open();
        using CrlDownload download = store.Open("ca.crl")!;
        store.Dispose();
        store.Dispose();
        store.Refresh();

        Assert.Null(store.Open("ca.crl"));
        Assert.Equal(0, _clock.PendingTimers);
        Assert.Equal(crl, Bytes(download));
    }

    [Fact]
    public void Ended_download_reads_nothing()
    {
        Write("ca.crl", seed: 1);
        using CrlStore store = Open();
        CrlDownload download = store.Open("ca.crl")!;
        download.Dispose();
        download.Dispose();
        Assert.Throws<ObjectDisposedException>(() => download.Read(0, new byte[1]));
        Assert.NotEmpty(Bytes(store, "ca.crl"));
    }

    [Fact]
    [Requirement("T-27")]
    public void Crl_over_two_gibibytes_is_opened_without_being_read()
    {
        byte[] tail = PlainCrl.WriteSparse(_directory.File("big.crl"), Now, Now.AddDays(1), 2_200_000_000);
        using CrlStore store = Open();
        using CrlDownload download = store.Open("big.crl")!;
        byte[] end = new byte[tail.Length];

        Assert.True(download.Length > int.MaxValue);
        Assert.Equal(tail.Length, download.Read(download.Length - tail.Length, end));
        Assert.Equal(tail, end);
    }

    [Fact]
    public async Task Store_that_is_looking_at_a_slow_disk_ends_at_once_and_closes_its_files_after_the_look()
    {
        Write("ca.crl", seed: 1);
        using var log = new SlowLog(); // slow in place of the disk: it is called in the middle of a look
        using CrlStore store = CrlStore.CreateInBackground(_directory.FullPath, _clock, log);
        Assert.False(store.HasLooked);
        Task looking = Task.Run(() => _clock.Advance(TimeSpan.Zero), TestContext.Current.CancellationToken);
        await log.Called.WaitAsync(TestContext.Current.CancellationToken);
        await Task.Run(store.Dispose, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.False(looking.IsCompleted);

        log.Release();
        await looking;
        Assert.Null(store.Open("ca.crl"));
        Assert.Equal(0, _clock.PendingTimers);
    }

    private static byte[] Bytes(CrlDownload download)
    {
        byte[] bytes = new byte[download.Length];
        Assert.Equal(bytes.Length, download.Read(0, bytes));
        return bytes;
    }

    private static byte[] Bytes(CrlStore store, string name)
    {
        using CrlDownload download = store.Open(name)!;
        return Bytes(download);
    }

    private static string? ETag(CrlStore store, string name)
    {
        using CrlDownload? download = store.Open(name);
        return download?.ETag;
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, int mode);

    private CrlStore Open(string name = "") => new(_directory.File(name), _clock, _log);

    private byte[] Write(string name, int seed)
    {
        byte[] crl = PlainCrl.Encode(Now, Now.AddDays(1), seed);
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(name))!);
        File.WriteAllBytes(_directory.File(name), crl);
        return crl;
    }

    private void Replace(string name, byte[] content)
    {
        File.WriteAllBytes(_directory.File("next"), content);
        File.Move(_directory.File("next"), _directory.File(name), overwrite: true);
    }

    /// <summary>Keeps whoever logs, until it is told to let go.</summary>
    private sealed class SlowLog : ILoggerFactory, ILogger
    {
        private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task Called => _called.Task;

        public void Release() => _released.Set();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _called.TrySetResult();
            _released.Wait();
        }

        public void Dispose() => _released.Dispose();
    }
}

using System.Runtime.InteropServices;
using PkiCore.Crl.Files;
using PkiCore.Crl;
using PkiCore.Tests.Serving;

namespace PkiCore.Tests.Crl;

/// <summary>A directory with a link to the publication that counts.</summary>
public sealed partial class CrlStorePublicationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly ListLogger _log = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Requirement("CD-2")]
    public void All_files_of_a_publication_replace_those_of_the_one_before()
    {
        Publish(1, ("ca.crl", 1), ("ca-delta.crl", 2), ("gone.crl", 3));
        using CrlStore store = Open();
        string[] before = [.. store.Names.Order(StringComparer.Ordinal)];
        Publish(2, ("ca.crl", 4), ("ca-delta.crl", 5));

        Assert.Equal(["ca-delta.crl", "ca.crl", "gone.crl"], before);
        Assert.Equal(Crl(1), Bytes(store, "ca.crl"));
        store.Refresh();
        Assert.Equal(Crl(4), Bytes(store, "ca.crl"));
        Assert.Equal(Crl(5), Bytes(store, "ca-delta.crl"));
        Assert.Null(store.Open("gone.crl"));
    }

    [Fact]
    public void Switch_is_noticed_within_a_second()
    {
        Publish(1, ("ca.crl", 1));
        using CrlStore store = Open();
        Publish(2, ("ca.crl", 2));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Crl(2), Bytes(store, "ca.crl"));
        Publish(3, ("ca.crl", 3));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Crl(3), Bytes(store, "ca.crl"));
    }

    [Fact]
    public void Publication_with_one_bad_file_changes_nothing_and_a_good_one_mends_it()
    {
        Publish(1, ("ca.crl", 1), ("shard-000.crl", 2));
        using CrlStore store = Open();
        Publish(2, ("ca.crl", 3), ("shard-000.crl", 4));
        File.WriteAllBytes(_directory.File("publications/2/shard-000.crl"), Crl(4)[..^3]);
        _clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(Crl(1), Bytes(store, "ca.crl"));
        Assert.Equal(Crl(2), Bytes(store, "shard-000.crl"));
        Assert.Contains("publications/2/shard-000.crl: ", store.Problem, StringComparison.Ordinal);
        Assert.Single(_log.Entries, entry => entry.Level == Microsoft.Extensions.Logging.LogLevel.Warning);

        Publish(3, ("ca.crl", 5), ("shard-000.crl", 6));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Crl(5), Bytes(store, "ca.crl"));
        Assert.Null(store.Problem);
    }

    [Theory]
    [InlineData("publications/9")] // not there
    [InlineData("empty")]
    [InlineData("file")]
    public void Link_that_leads_to_no_crls_changes_nothing(string target)
    {
        Publish(1, ("ca.crl", 1));
        Directory.CreateDirectory(_directory.File("empty"));
        File.WriteAllText(_directory.File("file"), "");
        using CrlStore store = Open();
        Link(target);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Crl(1), Bytes(store, "ca.crl"));
        Assert.NotNull(store.Problem);
        Link("publications/1");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(store.Problem);
    }

    [Fact]
    public void Publication_restored_under_an_old_number_is_noticed()
    {
        Publish(1, ("ca.crl", 1));
        using CrlStore store = Open();
        Directory.Delete(_directory.File("publications/1"), recursive: true);
        Publish(1, ("ca.crl", 2));
        Directory.SetLastWriteTimeUtc(_directory.File("publications/1"), _clock.GetUtcNow().UtcDateTime);
        store.Refresh();
        Assert.Equal(Crl(2), Bytes(store, "ca.crl"));
    }

    [Fact]
    public void Download_from_before_the_switch_reads_its_own_bytes_although_the_publication_is_deleted()
    {
        Publish(1, ("ca.crl", 1));
        using CrlStore store = Open();
        using CrlDownload download = store.Open("ca.crl")!;
        byte[] start = new byte[10];
        Assert.Equal(10, download.Read(0, start));

        Publish(2, ("ca.crl", 2));
        Directory.Delete(_directory.File("publications/1"), recursive: true);
        store.Refresh();

        byte[] rest = new byte[download.Length - 10];
        Assert.Equal(rest.Length, download.Read(10, rest));
        Assert.Equal(Crl(1), start.Concat(rest));
        Assert.Equal(Crl(2), Bytes(store, "ca.crl"));
    }

    [Fact]
    public void Files_of_a_replaced_publication_are_closed_with_the_last_download()
    {
        Publish(1, ("ca.crl", 1), ("other.crl", 2));
        using CrlStore store = Open();
        CrlDownload first = store.Open("ca.crl")!;
        CrlDownload second = store.Open("ca.crl")!;
        Assert.Equal(2, CountOpenFiles());

        Publish(2, ("ca.crl", 3), ("other.crl", 4));
        store.Refresh();
        Assert.Equal(3, CountOpenFiles());
        first.Dispose();
        Assert.Equal(3, CountOpenFiles());
        second.Dispose();
        Assert.Equal(2, CountOpenFiles());
        store.Dispose();
        Assert.Equal(0, CountOpenFiles());
    }

    [Fact]
    public void Refused_publication_leaves_no_file_open()
    {
        Publish(1, ("ca.crl", 1));
        using CrlStore store = Open();
        Publish(2, ("a.crl", 3), ("b.crl", 4), ("c.crl", 5));
        File.WriteAllBytes(_directory.File("publications/2/b.crl"), [0x30]);
        store.Refresh();
        Assert.NotNull(store.Problem);
        Assert.Equal(1, CountOpenFiles());
    }

    [Fact]
    public void Hard_links_to_files_of_the_one_before_are_not_opened_again()
    {
        Publish(1, ("a.crl", 1), ("b.crl", 2));
        using CrlStore store = Open();
        Publish(2, ("b.crl", 3));
        Assert.Equal(0, HardLink(_directory.File("publications/1/a.crl"), _directory.File("publications/2/a.crl")));
        store.Refresh();
        Directory.Delete(_directory.File("publications/1"), recursive: true);

        Assert.Contains(_log.Entries, entry => entry.Text.Contains("2, of which 1 are new", StringComparison.Ordinal));
        Assert.Equal(Crl(1), Bytes(store, "a.crl"));
        Assert.Equal(2, CountOpenFiles());
    }

    [Fact]
    public async Task Downloads_that_begin_during_switches_are_whole()
    {
        const int Switches = 300;
        Publish(0, ("ca.crl", 0));
        using CrlStore store = Open();
        using var done = new CancellationTokenSource();
        using var begun = new CountdownEvent(2);
        HashSet<string> contents = [.. Enumerable.Range(0, 10).Select(seed => Convert.ToHexString(Crl(seed)))];
        Task<int>[] clients = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            int count = 0;
            begun.Signal();
            do
            {
                Assert.Contains(Convert.ToHexString(Bytes(store, "ca.crl")), contents);
                count++;
            }
            while (!done.IsCancellationRequested);

            return count;
        }))];
        Assert.True(begun.Wait(Eventually.DefaultLimit, TestContext.Current.CancellationToken));
        for (int i = 1; i <= Switches; i++)
        {
            Publish(i, ("ca.crl", i % 10));
            store.Refresh();
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(clients), count => Assert.True(count > 0));
        Assert.Equal(1, CountOpenFiles());
    }

    private static byte[] Bytes(CrlStore store, string name)
    {
        using CrlDownload download = store.Open(name)!;
        byte[] bytes = new byte[download.Length];
        Assert.Equal(bytes.Length, download.Read(0, bytes));
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int HardLink(string existing, string name);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    private static byte[] Crl(int seed) => PlainCrl.Encode(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), null, seed, entries: seed + 1);

    private CrlStore Open() => new(_directory.FullPath, _clock, _log);

    private int CountOpenFiles() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(file => new FileInfo(file).LinkTarget?.StartsWith(_directory.FullPath, StringComparison.Ordinal) == true);

    private void Publish(int number, params (string Name, int Seed)[] files)
    {
        Directory.CreateDirectory(_directory.File($"publications/{number}"));
        foreach ((string name, int seed) in files)
        {
            File.WriteAllBytes(_directory.File($"publications/{number}/{name}"), Crl(seed));
        }

        Link($"publications/{number}");
    }

    private void Link(string target)
    {
        File.CreateSymbolicLink(_directory.File("next"), target);
        Assert.Equal(0, Rename(_directory.File("next"), _directory.File("current"))); // .NET moves no link to a directory
    }
}

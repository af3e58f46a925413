using PkiCore.LoadTest.Injection;
using PkiCore.X509;

namespace PkiCore.Tests.LoadTest;

public sealed class SerialFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void List_is_read_without_comments_and_blank_lines()
    {
        File.WriteAllText(_directory.File("serials"), "# of Monday\n0A\n\n  ff00 \r\n");

        Assert.Equal(["0A", "FF00"], SerialFile.ReadList(_directory.File("serials")).Select(serial => serial.ToString()));
    }

    [Fact]
    public void Line_that_is_no_serial_number_is_named()
    {
        File.WriteAllText(_directory.File("serials"), "0A\nzz\n");

        var fault = Assert.Throws<InvalidDataException>(() => SerialFile.ReadList(_directory.File("serials")).ToList());
        Assert.Contains("line 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_gives_good_and_revoked_certificates_but_no_expired_ones()
    {
        await File.WriteAllTextAsync(
            _directory.File("index.txt"),
            "V\t300101000000Z\t\t01\tunknown\t/CN=a\nR\t300101000000Z\t250101000000Z\t02\tunknown\t/CN=b\nV\t250101000000Z\t\t03\tunknown\t/CN=c\n",
            TestContext.Current.CancellationToken);

        List<SerialNumber> serials = await SerialFile.ReadIndexAsync(_directory.File("index.txt"), new ManualTimeProvider(), TestContext.Current.CancellationToken);

        Assert.Equal(["01", "02"], serials.Select(serial => serial.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Index_that_is_not_there_is_named()
    {
        var fault = await Assert.ThrowsAsync<InvalidDataException>(
            () => SerialFile.ReadIndexAsync(_directory.File("index.txt"), new ManualTimeProvider(), TestContext.Current.CancellationToken));
        Assert.Contains("index.txt", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shuffle_keeps_all_and_repeats_itself_by_seed()
    {
        SerialNumber[] serials = [.. Enumerable.Range(1, 100).Select(i => SerialNumber.TryParse(i.ToString("X2", null), out SerialNumber serial) ? serial : default)];
        SerialNumber[] one = [.. serials];
        SerialNumber[] again = [.. serials];
        SerialNumber[] other = [.. serials];

        SerialFile.Shuffle(one, seed: 1);
        SerialFile.Shuffle(again, seed: 1);
        SerialFile.Shuffle(other, seed: 2);

        Assert.Equal(one, again);
        Assert.NotEqual(one, other);
        Assert.Equivalent(serials, one, strict: true);
    }
}

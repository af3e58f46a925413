using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using PkiCore.Status;
using PkiCore.Tests.Serving;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>What nobody foresaw ends no reading, and what is no file holds none up.</summary>
public sealed partial class CrlStatusSourceExceptionTests
{
    [Fact]
    public async Task Whatever_a_look_throws_is_stale_and_named()
    {
        await using var crls = new CrlPoller();
        crls.Options.IssuedSerialsFile = crls.File("issued\0.txt"); // a name that .NET does not take

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Hold("01")));

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains(nameof(ArgumentException), poll.Problem, StringComparison.Ordinal);
        Assert.Equal(StatusVerdict.Stale, (await crls.PollAsync()).Verdict);
    }

    [Fact]
    public async Task Whatever_a_reading_throws_keeps_what_was_read_before_and_waits_for_the_pause()
    {
        await using var crls = new CrlPoller();
        using TestAuthority crlKey = CrlPoller.CreateAuthority("CN=Test CA");
        crls.Options.CrlIssuers = [crlKey.Certificate];
        byte[] contents = crls.Full(1, Hold("01")).Sign(crls.Authority);
        crls.Write(contents, "ca.crl");
        CrlPoll first = await crls.PollAsync();
        byte[] next = crls.Full(2).Sign(crlKey);
        crlKey.Certificate.Dispose(); // of all that can fail in a reading, what a test can bring about
        crls.Write(next, "ca.crl");

        CrlPoll poll = await crls.PollAsync();
        CrlPoll inPause = await crls.PollAsync();
        crls.Write(contents, "ca.crl");
        CrlPoll back = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, "", first.Last.Position), (poll.Verdict, poll.Text, poll.Last.Position));
        Assert.Contains("CryptographicException: ", poll.Problem, StringComparison.Ordinal);
        Assert.Equal((StatusVerdict.Stale, poll.Problem), (inPause.Verdict, inPause.Problem));
        Assert.Equal((StatusVerdict.Current, "", first.Last.Position), (back.Verdict, back.Text, back.Last.Position));
    }

    [Theory]
    [InlineData("pipe.crl")]
    [InlineData("issued.txt")]
    [UnsupportedOSPlatform("windows")]
    public async Task A_pipe_is_refused_and_not_waited_for(string name)
    {
        await using var crls = new CrlPoller();
        crls.Options.IssuedSerialsFile = crls.File("issued.txt");
        crls.Write("0A\n"u8.ToArray(), "issued.txt");
        crls.Delete(name);
        Assert.Equal(0, MakePipe(crls.File(name), Convert.ToInt32("600", 8)));

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Hold("01")));
        crls.Delete(name);
        crls.Write(name == "pipe.crl" ? crls.Full(1, Hold("02")).Sign(crls.Authority) : [], name);

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains($"{name}' is not a regular file", poll.Problem, StringComparison.Ordinal);
        Assert.Equal(StatusVerdict.Current, (await crls.PollAsync()).Verdict); // an empty list of issued certificates is one
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, int mode);
}

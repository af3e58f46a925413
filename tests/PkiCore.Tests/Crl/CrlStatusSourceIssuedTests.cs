using PkiCore.Status;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>The file that says which certificates were issued.</summary>
public sealed class CrlStatusSourceIssuedTests
{
    [Fact]
    [Requirement("BR-16")]
    public async Task What_is_issued_and_not_listed_is_good_and_nothing_else()
    {
        await using CrlPoller crls = Create("# issued\n01\n\n 02 \r\n03\n");

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Hold("02"), Compromised("04")));

        Assert.Equal("01 good, 02 CertificateHold, 03 good, 04 KeyCompromise", poll.Text);
        Assert.Equal((StatusBatchKind.CompleteStateEnd, false), (poll.Last.Kind, poll.Last.UnnamedAreGood));
    }

    [Fact]
    public async Task A_new_number_is_told_when_it_is_there_and_the_others_are_not_told_again()
    {
        await using CrlPoller crls = Create("01\n02\n");
        await crls.PollAsync(crls.Full(1, Hold("02")));
        Write(crls, "01\n02\n05\n06\n");

        CrlPoll poll = await crls.PollAsync(crls.Full(2, Hold("02"), Hold("06")));

        Assert.Equal("05 good, 06 CertificateHold", poll.Text);
        Assert.Equal((StatusBatchKind.Changes, StatusVerdict.Current), (poll.Last.Kind, poll.Verdict));
    }

    [Fact]
    public async Task A_new_number_needs_no_new_CRL()
    {
        await using CrlPoller crls = Create("01\n");
        await crls.PollAsync(crls.Full(1, Hold("02")));
        Write(crls, "01\n02\n03\n");

        Assert.Equal("03 good", (await crls.PollAsync()).Text);
        Assert.Equal("", (await crls.PollAsync()).Text);
    }

    [Fact]
    public async Task What_was_revoked_for_good_and_left_the_CRL_is_not_told_to_be_good()
    {
        await using CrlPoller crls = Create("01\n02\n");
        await crls.PollAsync(crls.Full(1, Compromised("01"), Hold("02")));

        Assert.Equal("02 good", (await crls.PollAsync(crls.Full(2))).Text);
        Write(crls, "01\n02\n03\n");
        Assert.Equal("03 good", (await crls.PollAsync()).Text);
    }

    [Fact]
    public async Task The_numbers_are_part_of_the_position()
    {
        await using CrlPoller crls = Create("01\n");
        CrlPoll first = await crls.PollAsync(crls.Full(1));
        CrlPoll again = await crls.RestartAsync(first.Last.Position);
        Write(crls, "02\n");
        CrlPoll other = await crls.RestartAsync(first.Last.Position);

        Assert.Equal((StatusBatchKind.Changes, ""), (again.Last.Kind, again.Text));
        Assert.Equal((StatusBatchKind.CompleteStateEnd, "02 good"), (other.Last.Kind, other.Text));
    }

    [Theory]
    [InlineData("01\n02\nxyz\n", "line 3 is not one serial number")]
    [InlineData("01\n\n# a\n02 03\n", "line 4 is not one serial number")]
    [InlineData("0102030405060708090A0B0C0D0E0F101112131415\n", "line 1 is not one serial number")]
    [InlineData("0x01\n", "line 1 is not one serial number")]
    [InlineData("01\n02", "is half-written: its last line has no end")]
    public async Task A_fault_in_the_file_is_named_and_nothing_is_taken(string text, string problem)
    {
        await using CrlPoller crls = Create(text);

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Hold("01")));

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("issued.txt'", poll.Problem, StringComparison.Ordinal);
        Assert.Contains(problem, poll.Problem, StringComparison.Ordinal);
        Write(crls, "02\n");
        Assert.Equal("01 CertificateHold, 02 good", (await crls.PollAsync()).Text);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3_000_000)]
    public async Task A_line_without_end_is_a_fault_and_costs_bounded_memory(int length)
    {
        await using CrlPoller crls = Create("01\n" + new string('A', length) + "\n");

        Assert.Contains("line 2 is not one serial number", (await crls.PollAsync(crls.Full(1))).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_stale()
    {
        await using CrlPoller crls = Create("01\n");
        crls.Delete("issued.txt");

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Hold("01")));

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("issued.txt", poll.Problem, StringComparison.Ordinal);
    }

    private static CrlPoller Create(string text)
    {
        var crls = new CrlPoller();
        crls.Options.IssuedSerialsFile = crls.File("issued.txt");
        Write(crls, text);
        return crls;
    }

    private static void Write(CrlPoller crls, string text) => crls.Write(System.Text.Encoding.ASCII.GetBytes(text), "issued.txt");
}

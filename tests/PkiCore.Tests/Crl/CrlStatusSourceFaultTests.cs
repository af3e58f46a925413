using System.Runtime.Versioning;
using PkiCore.IO;
using PkiCore.Status;
using PkiCore.Tests.Serving;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>CRLs that are not taken, and that what was read before holds on.</summary>
public sealed class CrlStatusSourceFaultTests
{
    private static readonly Dictionary<string, (Func<SignedCrl, SignedCrl> Change, string Problem)> s_rollbacks = new(StringComparer.Ordinal)
    {
        ["a lower number"] = (crl => crl with { Number = 4 }, "has number 4, and number 5 was there before"),
        ["a lower number and a later time"] = (crl => crl with { Number = 4, ThisUpdate = crl.ThisUpdate.AddSeconds(1) }, "has number 4"),
        ["an earlier time"] = (crl => crl with { Number = 6, ThisUpdate = crl.ThisUpdate.AddSeconds(-1) }, "is as of"),
        ["an earlier time and no number"] = (crl => crl with { Number = null, ThisUpdate = crl.ThisUpdate.AddSeconds(-1) }, "is as of"),
    };

    private static readonly Dictionary<string, (Func<SignedCrl, SignedCrl> Change, string Problem)> s_unusable = new(StringComparer.Ordinal)
    {
        ["unknown critical extension"] = (crl => crl with { UnknownCritical = "1.2.3.4" }, "critical extension that is not known here (1.2.3.4)"),
        ["unknown critical entry extension"] = (crl => crl with { Entries = [new("01") { UnknownCritical = "1.2.3.5" }] }, "(entry: 1.2.3.5)"),
        ["an entry of another issuer in a direct CRL"] = (crl => crl with { Entries = [new("01") { Issuer = "CN=B" }] }, "(entry: 2.5.29.29)"),
        ["no nextUpdate"] = (crl => crl with { NextUpdate = null }, "has no nextUpdate"),
    };

    public static TheoryData<string> Rollbacks => [.. s_rollbacks.Keys];

    public static TheoryData<string> Unusable => [.. s_unusable.Keys];

    [Fact]
    public async Task A_CRL_holds_until_the_second_of_nextUpdate()
    {
        await using var crls = new CrlPoller();
        SignedCrl crl = crls.Full(1, Hold("01"));
        await crls.PollAsync(crl);
        crls.Clock.StepUtcNow(crl.NextUpdate!.Value - (2 * CrlPoller.Interval));

        CrlPoll last = await crls.PollAsync();
        CrlPoll after = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Current, crl.NextUpdate - CrlPoller.Interval), (last.Verdict, crls.Now - CrlPoller.Interval));
        Assert.Equal((StatusVerdict.Stale, crl.NextUpdate), (after.Verdict, crls.Now));
        Assert.Contains($"ca.crl' has expired: it was to be replaced by {crl.NextUpdate:u}", after.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_CRL_is_no_state_and_the_next_one_is()
    {
        await using var crls = new CrlPoller();
        CrlPoll expired = await crls.PollAsync(crls.Full(1, Hold("01")) with { ThisUpdate = crls.Now.AddDays(-2), NextUpdate = crls.Now });

        CrlPoll next = await crls.PollAsync(crls.Full(2, Hold("01")));

        Assert.Equal((StatusVerdict.Stale, ""), (expired.Verdict, expired.Text));
        Assert.Equal((StatusBatchKind.CompleteStateEnd, "01 CertificateHold"), (next.Last.Kind, next.Text));
    }

    [Fact]
    public async Task A_CRL_of_the_future_is_used_when_its_time_has_come()
    {
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(1, Hold("01")));
        crls.Write(crls.Full(2) with { ThisUpdate = crls.Now.AddSeconds(3) }, "next.crl");

        CrlPoll before = await crls.PollAsync();
        Assert.Equal((StatusVerdict.Current, ""), (before.Verdict, before.Text));
        Assert.Contains("next.crl' is as of", before.Problem, StringComparison.Ordinal);
        await crls.PollAsync();
        CrlPoll then = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Current, "01 good", null, crls.Now), (then.Verdict, then.Text, then.Last.Problem, then.Last.Watermark));
    }

    [Fact]
    public async Task With_a_clock_that_was_set_back_the_CRL_is_of_the_future()
    {
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(1, Hold("01")));
        crls.Pass(TimeSpan.FromMinutes(-1));

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("still to come", poll.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Rollbacks))]
    public async Task An_older_CRL_than_the_one_in_use_is_refused(string name)
    {
        (Func<SignedCrl, SignedCrl> age, string problem) = s_rollbacks[name];
        await using var crls = new CrlPoller();
        SignedCrl crl = crls.Full(5, Hold("01"));
        CrlPoll first = await crls.PollAsync(crl);
        crls.Pass(TimeSpan.FromSeconds(10));

        CrlPoll poll = await crls.PollAsync(age(crl with { Entries = [] }));

        Assert.True(poll is { Verdict: StatusVerdict.Stale, Changes: [] }, name);
        Assert.Contains(problem, poll.Problem, StringComparison.Ordinal);
        Assert.Equal(first.Last.Position, poll.Last.Position);
        Assert.Equal("01 good", (await crls.PollAsync(crls.Full(6))).Text);
    }

    [Fact]
    public async Task An_older_CRL_is_refused_also_when_the_newer_has_expired()
    {
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(5, Hold("01")));
        crls.Write(crls.Full(4) with { NextUpdate = crls.Now.AddDays(9) });
        crls.Pass(TimeSpan.FromDays(2));

        Assert.Contains("number 5 was there before", (await crls.PollAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_written_CRL_is_not_taken_until_it_is_whole()
    {
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(1, Hold("01")));
        byte[] next = crls.Full(2, [.. Enumerable.Range(0x1000, 500).Select(serial => Compromised($"{serial:X}"))]).Sign(crls.Authority);
        foreach (int length in new[] { 0, 1, 10, 100, next.Length / 2, next.Length - 1 })
        {
            File.WriteAllBytes(crls.File("ca.crl"), next[..length]);
            CrlPoll poll = await crls.PollAsync();

            Assert.True(poll is { Verdict: StatusVerdict.Stale, Changes: [] }, $"{length} bytes");
            Assert.Contains("ca.crl'", poll.Problem, StringComparison.Ordinal);
        }

        File.WriteAllBytes(crls.File("ca.crl"), next);
        CrlPoll whole = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Current, 501), (whole.Verdict, whole.Changes.Count));
    }

    [Fact]
    public async Task A_CRL_whose_middle_is_not_written_yet_is_not_taken_and_is_tried_again_later()
    {
        await using var crls = new CrlPoller();
        byte[] crl = crls.Full(1, [.. Enumerable.Range(0x1000, 500).Select(serial => Compromised($"{serial:X}"))]).Sign(crls.Authority);
        byte[] spoilt = [.. crl];
        spoilt.AsSpan(crl.Length / 2, 100).Clear();
        File.WriteAllBytes(crls.File("ca.crl"), spoilt);
        Assert.Equal(StatusVerdict.Stale, (await crls.PollAsync()).Verdict);
        File.WriteAllBytes(crls.File("ca.crl"), crl);

        var verdicts = new List<StatusVerdict>();
        while (verdicts is not [.., StatusVerdict.Current])
        {
            verdicts.Add((await crls.PollAsync()).Verdict);
        }

        Assert.Equal(5, verdicts.Count); // seconds: the first pause
    }

    [Fact]
    public async Task A_CRL_of_somebody_else_with_the_same_name_is_refused()
    {
        await using var crls = new CrlPoller();
        using TestAuthority impostor = CrlPoller.CreateAuthority("CN=Test CA");
        await crls.PollAsync(crls.Full(1, Hold("01")));
        crls.Write(crls.Full(2), authority: impostor);

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("ca.crl' is not signed by CN=Test CA", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CRL_by_a_certificate_that_may_not_sign_CRLs_is_refused()
    {
        using var authority = new TestAuthority(); // keyCertSign alone
        await using var crls = new CrlPoller(authority.Issuer);
        crls.Write(crls.Full(1, Hold("01")), authority: authority);

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("is not signed by", poll.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unusable))]
    [Requirement("CX-21")]
    public async Task A_CRL_that_must_not_be_used_is_refused(string name)
    {
        (Func<SignedCrl, SignedCrl> spoil, string problem) = s_unusable[name];
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(1, Hold("02")));

        CrlPoll poll = await crls.PollAsync(spoil(crls.Full(2, Hold("01"))));

        Assert.True(poll is { Verdict: StatusVerdict.Stale, Changes: [] }, name);
        Assert.Contains(problem, poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_taken_while_one_file_in_the_directory_cannot_be_read()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(1, Hold("01")));
        crls.Write("<html>not found</html>"u8.ToArray(), "page.crl");

        CrlPoll poll = await crls.PollAsync();
        crls.Delete("page.crl");

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("page.crl' is neither DER nor PEM", poll.Problem, StringComparison.Ordinal);
        Assert.Equal("01 CertificateHold", (await crls.PollAsync()).Text);
    }

    [Fact]
    public async Task What_is_not_there_is_stale_until_it_comes()
    {
        await using var crls = new CrlPoller();
        CrlPoll empty = await crls.PollAsync();
        crls.Path = crls.File("ca.crl");
        CrlPoll missing = await crls.RestartAsync(default);
        CrlPoll there = await crls.PollAsync(crls.Full(1, Hold("01")));
        crls.Delete("ca.crl");
        CrlPoll gone = await crls.PollAsync();
        crls.Write(crls.Full(1, Hold("01")));
        CrlPoll back = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, StatusVerdict.Stale, StatusVerdict.Stale), (empty.Verdict, missing.Verdict, gone.Verdict));
        Assert.Contains("has no CRL that may be used", empty.Problem, StringComparison.Ordinal);
        Assert.Contains("ca.crl", missing.Problem, StringComparison.Ordinal);
        Assert.Equal((there.Last.Position, "01 CertificateHold"), (gone.Last.Position, there.Text));
        Assert.Equal((StatusVerdict.Current, ""), (back.Verdict, back.Text));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_link_that_is_switched_leads_to_the_new_CRLs()
    {
        await using var crls = new CrlPoller();
        string[] publications = [crls.File("publications/1"), crls.File("publications/2")];
        Array.ForEach(publications, directory => Directory.CreateDirectory(directory));
        crls.Write(crls.Full(1, Hold("01"), Hold("02")), "publications/1/ca.crl");
        crls.Write(crls.Full(2, Hold("02")), "publications/2/ca.crl");
        crls.Path = crls.File("current");
        File.CreateSymbolicLink(crls.Path, "publications/1");
        CrlPoll first = await crls.PollAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.Empty((await crls.PollAsync()).Changes); // until the file is believed to be unchanged
        }

        File.CreateSymbolicLink(crls.File("next"), "publications/2");
        UnixFile.Replace(crls.File("next"), crls.Path);
        Directory.Delete(publications[0], recursive: true);

        Assert.Equal("01 CertificateHold, 02 CertificateHold", first.Text);
        Assert.Equal("01 good", (await crls.PollAsync()).Text);
    }
}

using System.Security.Cryptography.X509Certificates;
using PkiCore.Galera.Writing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>What becomes of an operation, for every state of the certificate.</summary>
public sealed class DecisionTests
{
    private static readonly DateTimeOffset s_now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_earlier = s_now.AddDays(-30);
    private static readonly DateTimeOffset s_notAfter = s_now.AddYears(1);
    private static readonly SerialNumber s_serial = Plans.Serial(0x1234);
    private static readonly CertificateStatus s_superseded = new(s_earlier, X509RevocationReason.Superseded, s_earlier.AddDays(-1));
    private static readonly CertificateStatus s_hold = new(s_earlier, X509RevocationReason.CertificateHold);

    /// <summary>Operation, state before, outcome.</summary>
    public static TheoryData<string, string, RevocationOutcome> Table => new()
    {
        { "issue", "none", RevocationOutcome.Issued },
        { "issue", "good", RevocationOutcome.AlreadyIssued },
        { "issue", "hold", RevocationOutcome.AlreadyIssued },
        { "issue", "revoked", RevocationOutcome.AlreadyIssued },
        { "revoke", "none", RevocationOutcome.NotFound },
        { "revoke", "good", RevocationOutcome.Revoked },
        { "revoke", "hold", RevocationOutcome.Revoked },
        { "revoke", "revoked", RevocationOutcome.AlreadyRevoked },
        { "compromise", "revoked", RevocationOutcome.Revoked },
        { "compromise", "compromised", RevocationOutcome.AlreadyRevoked },
        { "revoke", "compromised", RevocationOutcome.AlreadyRevoked },
        { "hold", "none", RevocationOutcome.NotFound },
        { "hold", "good", RevocationOutcome.Held },
        { "hold", "hold", RevocationOutcome.AlreadyOnHold },
        { "hold", "revoked", RevocationOutcome.AlreadyRevoked },
        { "release", "none", RevocationOutcome.NotFound },
        { "release", "good", RevocationOutcome.NotOnHold },
        { "release", "hold", RevocationOutcome.Released },
        { "release", "revoked", RevocationOutcome.NotOnHold },
        { "import good", "none", RevocationOutcome.Issued },
        { "import good", "good", RevocationOutcome.AlreadyIssued },
        { "import good", "hold", RevocationOutcome.AlreadyIssued },
        { "import good", "revoked", RevocationOutcome.AlreadyIssued },
        { "import revoked", "none", RevocationOutcome.Issued },
        { "import revoked", "good", RevocationOutcome.Revoked },
        { "import revoked", "hold", RevocationOutcome.Revoked },
        { "import revoked", "revoked", RevocationOutcome.AlreadyRevoked },
        { "import hold", "none", RevocationOutcome.Issued },
        { "import hold", "good", RevocationOutcome.Held },
        { "import hold", "hold", RevocationOutcome.AlreadyOnHold },
        { "import hold", "revoked", RevocationOutcome.AlreadyRevoked },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void An_operation_has_its_outcome_and_changes_the_certificate_only_when_it_says_so(string operation, string before, RevocationOutcome outcome)
    {
        var decision = Decision.Make(OperationOf(operation), Before(before), s_now);
        Assert.Equal(outcome, decision.Outcome);
        bool changes = outcome is RevocationOutcome.Issued or RevocationOutcome.Revoked or RevocationOutcome.Held or RevocationOutcome.Released;
        Assert.Equal(changes, decision.NewState is not null);
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void What_is_revoked_for_good_stays_so_since_the_same_time_or_earlier(string operation, string before, RevocationOutcome outcome)
    {
        if (Before(before) is not { State.Status: { IsRevoked: true, IsOnHold: false } status })
        {
            Assert.NotEqual(RevocationOutcome.AlreadyRevoked, outcome);
            return;
        }

        var decision = Decision.Make(OperationOf(operation), Before(before), s_now);
        CertificateStatus after = decision.NewState?.Status ?? status;
        Assert.True(after is { IsRevoked: true, IsOnHold: false });
        Assert.True(after.RevocationTime <= status.RevocationTime);
    }

    [Theory]
    [InlineData("issue", "none")]
    [InlineData("revoke", "good")]
    [InlineData("release", "hold")]
    public void Another_last_change_than_the_expected_one_is_a_conflict(string operation, string before)
    {
        RevocationOperation expecting = OperationOf(operation) with { ExpectedLastChange = 6 };
        Assert.Equal(new Decision(RevocationOutcome.Conflict, null), Decision.Make(expecting, Before(before), s_now));
    }

    [Fact]
    public void The_expected_last_change_is_none_when_there_is_no_certificate()
    {
        Assert.Equal(RevocationOutcome.Issued, Decision.Make(OperationOf("issue") with { ExpectedLastChange = 0 }, null, s_now).Outcome);
        Assert.Equal(RevocationOutcome.Revoked, Decision.Make(OperationOf("revoke") with { ExpectedLastChange = 7 }, Before("good"), s_now).Outcome);
    }

    [Fact]
    public void A_revocation_without_a_time_is_of_now_and_keeps_what_else_is_known()
    {
        KnownCertificate before = new(new StatusChange(s_serial, CertificateStatus.Good, s_notAfter) { CrlShard = 3, IsCA = true }, 7);
        var decision = Decision.Make(RevocationOperation.Revoke(s_serial, X509RevocationReason.Superseded), before, s_now);
        Assert.Equal(before.State with { Status = new CertificateStatus(s_now, X509RevocationReason.Superseded) }, decision.NewState);
    }

    [Fact]
    public void A_later_compromise_reaches_back_but_not_forward()
    {
        RevocationOperation compromise = RevocationOperation.Revoke(s_serial, X509RevocationReason.KeyCompromise);
        Assert.Equal(new CertificateStatus(s_earlier, X509RevocationReason.KeyCompromise, s_superseded.InvalidityDate), StatusAfter(compromise));
        Assert.Equal(s_earlier, StatusAfter(compromise with { RevocationTime = s_now }).RevocationTime);
        Assert.Equal(s_earlier.AddDays(-9), StatusAfter(compromise with { RevocationTime = s_earlier.AddDays(-9) }).RevocationTime);
        Assert.Equal(s_earlier.AddDays(-99), StatusAfter(compromise with { InvalidityDate = s_earlier.AddDays(-99) }).InvalidityDate);
    }

    [Fact]
    public void Times_are_cut_to_what_the_columns_hold()
    {
        DateTimeOffset time = new(s_now.Ticks + 12_345_678, TimeSpan.Zero);
        RevocationOperation operation = RevocationOperation.Revoke(s_serial) with { RevocationTime = time, InvalidityDate = time };
        CertificateStatus status = Decision.Make(operation, Before("good"), s_now).NewState!.Value.Status;
        Assert.Equal(s_now.Ticks + 12_345_670, status.RevocationTime!.Value.Ticks);
        Assert.Equal(status.RevocationTime, status.InvalidityDate);
    }

    private static CertificateStatus StatusAfter(RevocationOperation operation) => Decision.Make(operation, Before("revoked"), s_now).NewState!.Value.Status;

    private static RevocationOperation OperationOf(string name) => name switch
    {
        "issue" => RevocationOperation.Issue(s_serial, s_notAfter),
        "revoke" => RevocationOperation.Revoke(s_serial, X509RevocationReason.CessationOfOperation),
        "compromise" => RevocationOperation.Revoke(s_serial, X509RevocationReason.KeyCompromise) with { RevocationTime = s_now },
        "hold" => RevocationOperation.Hold(s_serial),
        "release" => RevocationOperation.Release(s_serial),
        "import good" => RevocationOperation.Import(new StatusChange(s_serial, CertificateStatus.Good, s_notAfter)),
        "import revoked" => RevocationOperation.Import(new StatusChange(s_serial, s_superseded, s_notAfter)),
        _ => RevocationOperation.Import(new StatusChange(s_serial, s_hold, s_notAfter)),
    };

    private static KnownCertificate? Before(string name) => name switch
    {
        "none" => null,
        "good" => Known(CertificateStatus.Good),
        "hold" => Known(s_hold),
        "revoked" => Known(s_superseded),
        _ => Known(s_superseded with { Reason = X509RevocationReason.KeyCompromise }),
    };

    private static KnownCertificate Known(CertificateStatus status) => new(new StatusChange(s_serial, status, s_notAfter), 7);
}

using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Status;

public sealed class OpenSslIndexLineTests
{
    private const string Revoked = "260102030405Z";

    [Theory]
    [InlineData("V")]
    [InlineData("E")]
    public void A_valid_or_expired_entry_is_not_revoked(string letter)
    {
        StatusChange change = Parse($"{letter}\t270102030405Z\t\t0A\tunknown\t/CN=a");

        Assert.Equal(CertificateStatus.Good, change.Status);
        Assert.Equal("0A", change.Serial.ToString());
        Assert.Equal(Time("2027-01-02T03:04:05Z"), change.NotAfter);
    }

    [Theory]
    [InlineData("", X509RevocationReason.Unspecified)]
    [InlineData(",unspecified", X509RevocationReason.Unspecified)]
    [InlineData(",keyCompromise", X509RevocationReason.KeyCompromise)]
    [InlineData(",CACompromise", X509RevocationReason.CACompromise)]
    [InlineData(",affiliationChanged", X509RevocationReason.AffiliationChanged)]
    [InlineData(",superseded", X509RevocationReason.Superseded)]
    [InlineData(",cessationOfOperation", X509RevocationReason.CessationOfOperation)]
    [InlineData(",certificateHold", X509RevocationReason.CertificateHold)]
    [InlineData(",holdInstruction,1.2.840.10040.2.2", X509RevocationReason.CertificateHold)]
    [InlineData(",privilegeWithdrawn", X509RevocationReason.PrivilegeWithdrawn)]
    [InlineData(",AACompromise", X509RevocationReason.AACompromise)]
    [InlineData(",KEYCOMPROMISE", X509RevocationReason.KeyCompromise)] // OpenSSL compares without case
    public void A_revoked_entry_has_its_time_and_reason(string reason, X509RevocationReason expected)
    {
        StatusChange change = Parse(Line(Revoked + reason));

        Assert.Equal(new CertificateStatus(Time("2026-01-02T03:04:05Z"), expected), change.Status);
    }

    [Theory]
    [InlineData("keyTime", X509RevocationReason.KeyCompromise)]
    [InlineData("CAkeyTime", X509RevocationReason.CACompromise)]
    public void A_key_time_is_the_invalidity_date(string name, X509RevocationReason expected)
    {
        CertificateStatus status = Parse(Line($"{Revoked},{name},20251231235959Z")).Status;

        Assert.Equal(expected, status.Reason);
        Assert.Equal(Time("2025-12-31T23:59:59Z"), status.InvalidityDate);
    }

    [Theory]
    [InlineData("491231235959Z", "2049-12-31T23:59:59Z")]
    [InlineData("500101000000Z", "1950-01-01T00:00:00Z")]
    [InlineData("20500101000000Z", "2050-01-01T00:00:00Z")]
    [InlineData("99991231235959Z", "9999-12-31T23:59:59Z")]
    [InlineData("000229000000Z", "2000-02-29T00:00:00Z")]
    [Requirement("T-15")]
    public void Expiry_is_a_UTCTime_or_a_GeneralizedTime(string expiry, string expected) =>
        Assert.Equal(Time(expected), Parse($"V\t{expiry}\t\t01\tunknown\t/CN=a").NotAfter);

    [Theory]
    [InlineData("00", "00")]
    [InlineData("01", "01")]
    [InlineData("-01", "-01")]
    [InlineData("80", "80")]
    [InlineData("00000000000000000000000000000000000000002A", "2A")]
    [InlineData("-8000000000000000000000000000000000000000", "-8000000000000000000000000000000000000000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffff", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [Requirement("T-7")]
    public void Any_serial_number_up_to_20_octets_is_read(string field, string expected) =>
        Assert.Equal(expected, ParseSerial(field)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("0x01")]
    [InlineData("010000000000000000000000000000000000000000")]
    [InlineData("-8000000000000000000000000000000000000001")]
    [InlineData("01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("unknown")]
    [Requirement("T-7")]
    public void What_is_no_serial_number_is_refused(string field) => Assert.Null(ParseSerial(field));

    [Theory]
    [InlineData("", "six fields")]
    [InlineData("V", "six fields")]
    [InlineData("V\t270102030405Z\t\t01\tunknown", "six fields")]
    [InlineData("V\t270102030405Z\t\t01\tunknown\t/CN=a\t", "six fields")]
    [InlineData("V\t270102030405\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t271302030405Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t2701020304\0\0Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t270002030405Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t270100030405Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t270229030405Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t270102240000Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t270102036005Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t270102030460Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t00000102030405Z\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("V\t2701020304050\t\t01\tunknown\t/CN=a", "expiry")]
    [InlineData("S\t270102030405Z\t\t01\tunknown\t/CN=a", "status")]
    [InlineData("VV\t270102030405Z\t\t01\tunknown\t/CN=a", "status")]
    [InlineData("V\t270102030405Z\t\tXY\tunknown\t/CN=a", "serial")]
    public void A_bad_line_says_nothing_but_what_is_wrong(string line, string expected)
    {
        string? fault = OpenSslIndexLine.TryParse(Encoding.UTF8.GetBytes(line), out StatusChange change);

        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.Equal(default, change);
    }

    [Theory]
    [InlineData("260102030405Z,removeFromCRL", "2026-01-02T03:04:05Z", X509RevocationReason.Unspecified)]
    [InlineData("260102030405Z,nonsense", "2026-01-02T03:04:05Z", X509RevocationReason.Unspecified)]
    [InlineData("260102030405Z,aReasonThatIsLongerThanAnyThatThereIs", "2026-01-02T03:04:05Z", X509RevocationReason.Unspecified)]
    [InlineData("260102030405Z,keyCompromis\u00E9", "2026-01-02T03:04:05Z", X509RevocationReason.Unspecified)]
    [InlineData("260102030405Z,", "2026-01-02T03:04:05Z", X509RevocationReason.Unspecified)]
    [InlineData("260102030405Z,keyTime", "2026-01-02T03:04:05Z", X509RevocationReason.KeyCompromise)]
    [InlineData("260102030405Z,keyTime,yesterday", "2026-01-02T03:04:05Z", X509RevocationReason.KeyCompromise)]
    [InlineData("260102030405Z,certificateHold,1,2", "2026-01-02T03:04:05Z", X509RevocationReason.CertificateHold)]
    [InlineData("", "1970-01-01T00:00:00Z", X509RevocationReason.Unspecified)]
    [InlineData("yesterday,superseded", "1970-01-01T00:00:00Z", X509RevocationReason.Superseded)]
    public void A_revocation_counts_even_when_its_details_cannot_be_read(string revocation, string time, X509RevocationReason reason)
    {
        string? fault = OpenSslIndexLine.TryParse(Encoding.UTF8.GetBytes(Line(revocation)), out StatusChange change);

        Assert.Contains("field 3", fault, StringComparison.Ordinal);
        Assert.Equal(new CertificateStatus(Time(time), reason), change.Status);
        Assert.Equal("0B", change.Serial.ToString());
    }

    [Fact]
    public void A_revocation_counts_even_when_the_expiry_cannot_be_read()
    {
        string? fault = OpenSslIndexLine.TryParse("R\tnever\t260102030405Z\t0B\tunknown\t/CN=a"u8, out StatusChange change);

        Assert.Contains("field 2", fault, StringComparison.Ordinal);
        Assert.True(change.Status.IsRevoked);
        Assert.Equal(DateTimeOffset.MaxValue, change.NotAfter);
    }

    [Theory]
    [InlineData("R\t270102030405Z\t260102030405Z\t0B")]
    [InlineData("R\t270102030405Z\t260102030405Z\t0B\tunknown")]
    [InlineData("R\t270102030405Z\t260102030405Z\t0B\tunknown\t/CN=a\t")]
    [InlineData("R\t270102030405Z\t260102030405Z\t0B\tunknown\t/CN=a\tb\tc")]
    public void A_revocation_counts_even_when_there_are_not_six_fields(string line)
    {
        string? fault = OpenSslIndexLine.TryParse(Encoding.UTF8.GetBytes(line), out StatusChange change);

        Assert.Contains("six fields", fault, StringComparison.Ordinal);
        Assert.Equal(new CertificateStatus(Time("2026-01-02T03:04:05Z")), change.Status);
        Assert.Equal("0B", change.Serial.ToString());
        Assert.Equal(Time("2027-01-02T03:04:05Z"), change.NotAfter);
    }

    [Theory]
    [InlineData("R")]
    [InlineData("R\t270102030405Z\t260102030405Z")]
    [InlineData("R\t270102030405Z\t260102030405Z\tXY\tunknown\t/CN=a")]
    [InlineData("R 270102030405Z 260102030405Z 0B unknown /CN=a")]
    public void A_revocation_of_nobody_says_nothing_but_what_is_wrong(string line)
    {
        Assert.NotNull(OpenSslIndexLine.TryParse(Encoding.UTF8.GetBytes(line), out StatusChange change));
        Assert.Equal(default, change);
    }

    [Fact]
    public void A_good_line_is_read_without_allocating()
    {
        byte[][] lines = [.. new[] { "V\t270102030405Z\t\t0A\tunknown\t/CN=a", Line(Revoked), Line(Revoked + ",keyCompromise"), Line(Revoked + ",keyTime,20251231235959Z") }.Select(Encoding.ASCII.GetBytes)];
        string?[] faults = new string?[lines.Length];
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < lines.Length; i++)
            {
                faults[i] = OpenSslIndexLine.TryParse(lines[i], out _);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        Assert.All(faults, Assert.Null);
        Assert.Equal(0, allocated);
    }

    private static string Line(string revocation) => $"R\t270102030405Z\t{revocation}\t0B\tunknown\t/CN=a";

    private static SerialNumber? ParseSerial(string field) =>
        OpenSslIndexLine.TryParse(Encoding.UTF8.GetBytes($"V\t270102030405Z\t\t{field}\tunknown\t/CN=a"), out StatusChange change) is null ? change.Serial : null;

    private static StatusChange Parse(string line)
    {
        Assert.Null(OpenSslIndexLine.TryParse(Encoding.UTF8.GetBytes(line), out StatusChange change));
        return change;
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}

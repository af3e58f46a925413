using System.Security.Cryptography.X509Certificates;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Tests;

public sealed class ChangeDigestTests
{
    private static readonly ChangeDigest s_before = ChangeDigest.From([.. Enumerable.Range(0, ChangeDigest.Length).Select(i => (byte)i)]);
    private static readonly DateTimeOffset s_time = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly ChangeRecord s_change = Change(new CertificateStatus(s_time, X509RevocationReason.KeyCompromise, s_time.AddDays(-1)));

    [Fact]
    public void Digest_is_that_of_the_documented_octets()
    {
        byte[] octets =
        [
            .. s_before.ToArray(), .. Convert.FromHexString("0000000000000007" + "00112233445566778899AABBCCDDEEFF" + "03" + "00ABCD" + "01" + "01"),
            .. BigEndian(s_time), .. BigEndian(s_time.AddDays(-1)), .. BigEndian(s_time.AddYears(1)), .. Convert.FromHexString("00000005" + "00"),
        ];
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(octets)), s_before.Next(s_change).ToString());
    }

    [Fact]
    public void Every_part_of_a_change_counts()
    {
        StatusChange state = s_change.State;
        ChangeRecord[] all =
        [
            s_change,
            s_change with { Number = 8 },
            s_change with { OperationId = Guid.Empty },
            s_change with { State = state with { Serial = Serial("ABCE") } },
            s_change with { State = state with { Status = CertificateStatus.Good } },
            s_change with { State = state with { Status = state.Status with { Reason = X509RevocationReason.Superseded } } },
            s_change with { State = state with { Status = state.Status with { Reason = X509RevocationReason.CertificateHold } } },
            s_change with { State = state with { Status = state.Status with { RevocationTime = s_time.AddMicroseconds(1) } } },
            s_change with { State = state with { Status = state.Status with { InvalidityDate = null } } },
            s_change with { State = state with { NotAfter = s_time } },
            s_change with { State = state with { CrlShard = null } },
            s_change with { State = state with { IsCA = true } },
            s_change with { State = state with { IsCA = null } },
        ];
        Assert.Equal(all.Length, all.Select(change => s_before.Next(change)).Distinct().Count());
        Assert.NotEqual(s_before.Next(s_change), default(ChangeDigest).Next(s_change));
    }

    [Fact]
    public void What_the_columns_have_no_room_for_does_not_count()
    {
        ChangeRecord finer = s_change with { State = s_change.State with { NotAfter = s_change.State.NotAfter.AddTicks(9) } };
        Assert.Equal(s_before.Next(s_change), s_before.Next(finer));
    }

    private static ChangeRecord Change(CertificateStatus status) =>
        new(7, new Guid(Convert.FromHexString("00112233445566778899AABBCCDDEEFF"), bigEndian: true), new StatusChange(Serial("ABCD"), status, s_time.AddYears(1)) { CrlShard = 5, IsCA = false });

    private static SerialNumber Serial(string hex) => SerialNumber.TryParse(hex, out SerialNumber serial) ? serial : throw new ArgumentException(hex, nameof(hex));

    private static byte[] BigEndian(DateTimeOffset time) => Convert.FromHexString(((time - DateTimeOffset.UnixEpoch).Ticks / 10).ToString("X16", System.Globalization.CultureInfo.InvariantCulture));
}

using System.Security.Cryptography.X509Certificates;
using PkiCore.Serving;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.Storage.TableTesting;

namespace PkiCore.Tests.Serving.Storage;

/// <summary>Statuses that do not fit into a record, and serial numbers of every shape.</summary>
public sealed class StatusCornerTests
{
    private readonly CertificateTable _table = new(signatureCount: 1, segmentBits: 2);

    public static TheoryData<string, X509RevocationReason, string?> Statuses => new()
    {
        { "1970-01-01T00:00:00Z", X509RevocationReason.Unspecified, null },
        { "1969-12-31T23:59:59Z", X509RevocationReason.KeyCompromise, null },
        { "0001-01-01T00:00:00Z", X509RevocationReason.KeyCompromise, null },
        { "2106-02-07T06:28:15Z", X509RevocationReason.CACompromise, null },
        { "2106-02-07T06:28:16Z", X509RevocationReason.CACompromise, null },
        { "9999-12-31T23:59:59Z", X509RevocationReason.AACompromise, null },
        { "2025-06-01T12:00:00Z", X509RevocationReason.RemoveFromCrl, "2025-05-01T00:00:00Z" },
        { "2025-06-01T14:00:00+02:00", X509RevocationReason.CertificateHold, "1960-01-01T00:00:00Z" },
        { "2025-06-01T12:00:00Z", (X509RevocationReason)15, null },
        { "2025-06-01T12:00:00Z", (X509RevocationReason)16, null },
        { "2025-06-01T12:00:00Z", (X509RevocationReason)(-1), null },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public void A_status_is_kept_as_it_came(string time, X509RevocationReason reason, string? invalidity)
    {
        var status = new CertificateStatus(Parse(time), reason, invalidity is null ? null : Parse(invalidity));
        Assert.Equal(StatusUpdate.Added, Apply(status));
        Assert.Equal(status, _table.Read(1).Status);

        _table.Publish(1, Batch());
        Assert.Equal(StatusUpdate.Unchanged, Apply(status));
        Assert.Equal(StatusUpdate.Unchanged, Apply(status, Start.AddDays(3)));
        Assert.NotNull(_table.Read(1).Batch);
        Assert.Equal(status, _table.Read(1).Status);
        Assert.Equal(1, _table.RevokedCount);
    }

    [Fact]
    public void Fractions_of_seconds_are_no_change()
    {
        var early = new DateTimeOffset(1950, 1, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (DateTimeOffset time in new[] { early, Start })
        {
            Apply(new CertificateStatus(time, X509RevocationReason.CertificateHold, time));
            Assert.Equal(StatusUpdate.Unchanged, Apply(new CertificateStatus(time.AddMilliseconds(999), X509RevocationReason.CertificateHold, time.AddTicks(1))));
            Assert.Equal(time, _table.Read(1).Status.RevocationTime);
        }
    }

    [Theory]
    [InlineData(X509RevocationReason.KeyCompromise, false)]
    [InlineData(X509RevocationReason.Unspecified, true)]
    [InlineData((X509RevocationReason)77, true)]
    public void What_a_source_says_besides_of_a_good_certificate_is_no_change_at_each_reading(X509RevocationReason reason, bool hasInvalidityDate)
    {
        var good = new CertificateStatus(null, reason, hasInvalidityDate ? Start : null);
        Apply(good);
        _table.Publish(1, Batch());

        Assert.Equal(StatusUpdate.Unchanged, Apply(good));
        Assert.Equal(StatusUpdate.Unchanged, Apply(CertificateStatus.Good));
        Assert.NotNull(_table.Read(1).Batch);
        Assert.Equal(CertificateStatus.Good, _table.Read(1).Status);
    }

    [Fact]
    public void Rare_statuses_give_their_places_back()
    {
        for (int i = 0; i < 5000; i++)
        {
            var since = new DateTimeOffset(1960, 1, 1, 0, 0, 0, TimeSpan.Zero);
            Apply(i % 3 == 2 ? CertificateStatus.Good : new CertificateStatus(since.AddSeconds(i), X509RevocationReason.CertificateHold));
            _table.Publish(1, Batch());
        }

        Assert.InRange(_table.Records.Rare.Limit, 1u, 3u);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData("7F")]
    [InlineData("80")]
    [InlineData("-80")]
    [InlineData("FF00000000000000000000000000000000000000")]
    [InlineData("7F00000000000000000000000000000000000000")]
    [InlineData("-8000000000000000000000000000000000000000")]
    [InlineData("80000000000000000000000000000000000000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void A_serial_number_comes_back_as_it_went_in(string text)
    {
        Assert.True(SerialNumber.TryParse(text, out SerialNumber serial));

        _table.Apply(new StatusChange(serial, CertificateStatus.Good, Start), out uint slot);

        Assert.True(_table.TryRead(in serial, out _));
        Assert.True(_table.TryRead(slot, out SerialNumber read, out _));
        Assert.Equal(serial, read);
    }

    [Fact]
    public void Serial_numbers_that_differ_in_zero_octets_alone_are_different()
    {
        byte[][] all = [[0], [1], [1, 0], [1, 0, 0], [0x80], [0, 0x80], [0, 0x80, 0], [0x80, 0], [0, 0x80, .. new byte[18]], [0, 0x80, .. new byte[19]], [0x80, .. new byte[19]], [0x80, .. new byte[18]]];
        foreach (byte[] contents in all)
        {
            Assert.True(SerialNumber.TryCreate(contents, out SerialNumber serial));
            Assert.Equal(StatusUpdate.Added, _table.Apply(new StatusChange(serial, CertificateStatus.Good, Start), out _));
        }

        Assert.Equal(all.Length, _table.Count);
    }

    private static DateTimeOffset Parse(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private StatusUpdate Apply(CertificateStatus status, DateTimeOffset? notAfter = null) => _table.Apply(new StatusChange(Serial(1), status, notAfter ?? Start.AddDays(2000)), out _);
}

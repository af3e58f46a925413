using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

public sealed class CertificateTableTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const int SignatureLength = 64;

    private readonly CertificateTable _table = new(signatureCount: 2);

    [Fact]
    public void A_new_certificate_is_added_unsigned()
    {
        Assert.Equal(StatusUpdate.Added, Apply(Good("01")));

        CertificateRecord record = Read("01");
        Assert.Null(record.Batch);
        Assert.Equal((1, 0, 1), (_table.Count, _table.RevokedCount, _table.WaitingCount));
    }

    [Fact]
    public void The_same_status_again_keeps_the_signature()
    {
        Apply(Good("01"));
        Publish("01", Batch());

        Assert.Equal(StatusUpdate.Unchanged, Apply(Good("01")));
        Assert.NotNull(Read("01").Batch);
    }

    [Fact]
    public void A_change_kills_the_signature()
    {
        Apply(Good("01"));
        Publish("01", Batch());

        Assert.Equal(StatusUpdate.Changed, Apply(Revoked("01")));
        Assert.Null(Read("01").Batch);
        Assert.Equal(0, Read("01").SignatureLength);
        Assert.Null(_table.FindOldestBatch());
        Assert.Equal((1, 1, 1), (_table.Count, _table.RevokedCount, _table.WaitingCount));
    }

    [Theory]
    [InlineData("good", "hold", "Changed")]
    [InlineData("good", "revoked", "Changed")]
    [InlineData("hold", "good", "Changed")]
    [InlineData("hold", "revoked", "Changed")]
    [InlineData("revoked", "superseded", "Changed")]
    [InlineData("revoked", "good", "Refused")]
    [InlineData("revoked", "hold", "Refused")]
    [InlineData("revoked", "revoked", "Unchanged")]
    [InlineData("hold", "hold", "Unchanged")]
    public void Only_a_hold_can_be_released(string before, string after, string expected)
    {
        Apply(Named(before));

        StatusUpdate update = Apply(Named(after));

        Assert.Equal(expected, update.ToString());
        Assert.Equal(expected == "Refused" ? Named(before).Status : Named(after).Status, Read("01").Status);
        Assert.Equal(Read("01").Status.IsRevoked ? 1 : 0, _table.RevokedCount);
    }

    [Fact]
    public void A_signature_over_an_earlier_status_is_not_published()
    {
        Apply(Good("01"));
        RecordPlace place = Read("01").Place;
        Apply(Revoked("01"));

        Assert.False(_table.TryPublish(place, Batch(), new byte[2 * SignatureLength]));
        Assert.Null(Read("01").Batch);
    }

    [Fact]
    public void A_signature_over_a_status_that_came_back_is_not_published()
    {
        Apply(Good("01"));
        RecordPlace place = Read("01").Place;
        Apply(Held("01"));
        Apply(Good("01"));

        Assert.False(_table.TryPublish(place, Batch(), new byte[2 * SignatureLength]));
    }

    [Fact]
    public void An_older_signature_does_not_replace_a_newer_one()
    {
        Apply(Good("01"));
        SigningBatch older = Batch();
        SigningBatch newer = Batch();
        Publish("01", newer);

        Assert.False(_table.TryPublish(Read("01").Place, older, new byte[2 * SignatureLength]));
        Assert.Same(newer, Read("01").Batch);
    }

    [Fact]
    public void A_signature_of_a_certificate_that_is_gone_is_not_published()
    {
        Apply(Good("01", notAfter: s_now.AddDays(-1)));
        RecordPlace place = Read("01").Place;
        _table.BeginReading();
        _table.EndReading(isComplete: true, s_now, 0);

        Assert.False(_table.TryPublish(place, Batch(), new byte[2 * SignatureLength]));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void A_sweep_drops_the_expired_and_names_the_others()
    {
        Apply(Good("01"));
        Apply(Good("02", notAfter: s_now.AddSeconds(-1)));
        Apply(Revoked("04"));
        _table.BeginReading();
        Apply(Good("03"));

        (int count, IReadOnlyList<SerialNumber> vanished) = _table.EndReading(isComplete: true, s_now, examples: 5);

        Assert.Equal(2, count);
        Assert.Equal(["01", "04"], vanished.Select(serial => serial.ToString()).Order());
        Assert.False(_table.TryRead(Serial("02"), out _));
        Assert.Equal((3, 1, 3), (_table.Count, _table.RevokedCount, _table.WaitingCount));
    }

    [Fact]
    public void Of_a_source_that_drops_the_revoked_when_they_expire_those_whose_end_is_not_known_are_not_missed()
    {
        Apply(Good("01") with { NotAfter = DateTimeOffset.MaxValue });
        Apply(Revoked("02") with { NotAfter = DateTimeOffset.MaxValue });
        Apply(Held("03") with { NotAfter = DateTimeOffset.MaxValue });
        Apply(Revoked("04") with { NotAfter = s_now.AddDays(1) });
        _table.BeginReading();

        (int count, IReadOnlyList<SerialNumber> missed) = _table.EndReading(isComplete: true, s_now, examples: 5, dropsRevoked: true);

        Assert.Equal((3, "01, 03, 04"), (count, string.Join(", ", missed.Select(serial => serial.ToString()).Order())));
        Assert.Equal((4, 3), (_table.Count, _table.RevokedCount)); // and stay as they are
    }

    [Fact]
    public void A_reading_that_broke_off_drops_nothing()
    {
        Apply(Good("02", notAfter: s_now.AddSeconds(-1)));
        _table.BeginReading();

        Assert.Equal(0, _table.EndReading(isComplete: false, s_now, examples: 5).Count);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void A_refused_change_does_not_count_as_vanished()
    {
        Apply(Revoked("01"));
        _table.BeginReading();
        Apply(Good("01"));

        Assert.Equal(0, _table.EndReading(isComplete: true, s_now, examples: 5).Count);
    }

    [Fact]
    public void A_certificate_that_is_signed_while_the_source_is_read_is_not_taken_for_one_that_was_named()
    {
        Apply(Good("01"));
        Apply(Good("02"));
        for (int i = 0; i < 100; i++)
        {
            Publish("02", Batch()); // so that slots are used again
        }

        _table.BeginReading();
        for (int i = 0; i < 300; i++)
        {
            Apply(Good("02"));
            Publish("02", Batch());
            Publish("01", Batch());
        }

        (int count, IReadOnlyList<SerialNumber> vanished) = _table.EndReading(isComplete: true, s_now, examples: 5);
        Assert.Equal((1, "01"), (count, vanished[0].ToString()));
    }

    [Fact]
    public void Another_end_of_validity_keeps_the_signature()
    {
        Apply(Good("01"));
        Publish("01", Batch());

        Assert.Equal(StatusUpdate.Unchanged, Apply(Good("01", notAfter: s_now.AddDays(9))));
        Assert.NotNull(Read("01").Batch);
        Assert.True(Read("01").HasExpired(s_now.AddDays(10)));
    }

    [Fact]
    public void The_oldest_batch_is_the_oldest_with_a_record()
    {
        SigningBatch first = Batch();
        SigningBatch second = Batch();
        Apply(Good("01"));
        Apply(Good("02"));
        Publish("01", first);
        Publish("02", second);
        Assert.Same(first, _table.FindOldestBatch());

        Publish("01", second);

        Assert.Same(second, _table.FindOldestBatch());
        Assert.Equal(2, _table.CountUsable(s_now));
    }

    [Fact]
    public void Each_of_the_signatures_published_together_can_be_read()
    {
        Apply(Good("01"));
        byte[] signatures = new byte[2 * SignatureLength];
        signatures.AsSpan(SignatureLength).Fill(2);
        Assert.True(_table.TryPublish(Read("01").Place, Batch(), signatures));
        byte[] signature = new byte[ResponderIdentity.MaxSignatureLength];

        Assert.True(_table.TryRead(_table.BeginRead(Serial("01")), 1, signature, out CertificateRecord record));
        Assert.Equal(SignatureLength, record.SignatureLength);
        Assert.Equal(signatures[SignatureLength..], signature[..SignatureLength]);
    }

    private static StatusChange Named(string status) => status switch
    {
        "good" => Good("01"),
        "hold" => Held("01"),
        "superseded" => Revoked("01", System.Security.Cryptography.X509Certificates.X509RevocationReason.Superseded),
        _ => Revoked("01"),
    };

    private static SigningBatch Batch() => new(
        SigningBatch.NextNumber(), new OcspResponseTemplate([], s_now, s_now, s_now, SignatureAlgorithm.EcdsaWithSha256, []), new StoredSignature(SignatureLength, IsPair: true), 0, s_now, s_now, s_now.AddDays(4), s_now.AddDays(2));

    private static SerialNumber Serial(string text) => SerialNumber.TryParse(text, out SerialNumber serial) ? serial : default;

    private StatusUpdate Apply(StatusChange change) => _table.Apply(change, out _);

    private CertificateRecord Read(string serial) => _table.TryRead(Serial(serial), out CertificateRecord record) ? record : default;

    private void Publish(string serial, SigningBatch batch) => Assert.True(_table.TryPublish(Read(serial).Place, batch, new byte[2 * SignatureLength]));
}

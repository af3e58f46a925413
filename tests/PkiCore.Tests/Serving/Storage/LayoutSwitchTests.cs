using System.Runtime.CompilerServices;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using static PkiCore.Tests.Serving.Storage.TableTesting;

namespace PkiCore.Tests.Serving.Storage;

/// <summary>Signatures of another length: records of another length, in other segments.</summary>
public sealed class LayoutSwitchTests
{
    private const int SegmentBits = 4;
    private const int Certificates = 500;

    private readonly CertificateTable _table = new(signatureCount: 1, SegmentBits);

    [Fact]
    public void A_record_in_memory_that_is_gone_is_not_taken_for_its_successor_in_the_same_slot()
    {
        _table.Apply(Good(6), out _);
        RecordPlace gone = _table.Read(6).Place;
        SigningBatch late = Batch();
        _table.SetSignatureLength(256);
        _table.Publish(6, Batch(256)); // the only record leaves the first segment
        _table.SetSignatureLength(64);
        _table.Apply(Good(12), out _);

        Assert.False(_table.TryPublish(gone, late, Signatures(late, 1, 6)));
        _table.SetAside(gone);

        Assert.Null(_table.Read(12).Batch);
        Assert.Equal(1, _table.WaitingCount);
    }

    [Fact]
    public void Records_of_the_old_length_are_served_until_they_are_signed_again()
    {
        Fill();
        _table.SetSignatureLength(256);
        Check(_ => 64);

        SigningBatch next = Batch(256);
        for (int i = 0; i < Certificates; i += 2)
        {
            _table.Publish(i, next);
        }

        Check(number => number % 2 == 0 ? 256 : 64);
    }

    [Fact]
    public void A_signature_of_the_old_length_is_not_published_after_the_switch()
    {
        Fill();
        SigningBatch late = Batch();
        _table.SetSignatureLength(96);

        Assert.False(_table.TryPublish(_table.Read(1).Place, late, Signatures(late, 1, 9)));
        Check(_ => 64);
    }

    [Fact]
    public void The_memory_of_the_old_length_is_given_back_when_its_last_record_has_left()
    {
        WeakReference[] old = FillAndWatch();
        _table.SetSignatureLength(256);
        SigningBatch next = Batch(256);
        for (int i = 0; i < Certificates; i++)
        {
            _table.Publish(i, next);
        }

        Assert.True(SpinWait.SpinUntil(() => AreCollected(old), TestRig.Patience), "segments of the old length are still referred to");
        Assert.InRange(_table.Bytes, Certificates * 296, ((Certificates + (1 << SegmentBits)) * 296) + (2 * sizeof(uint) * Certificates));
        Check(_ => 256);
    }

    [Fact]
    public void Switching_to_and_fro_does_not_take_more_and_more_memory()
    {
        Fill();
        long most = 0;
        for (int round = 0; round < 40; round++)
        {
            int length = round % 2 == 0 ? 96 : 64;
            _table.SetSignatureLength(length);
            SigningBatch next = Batch(length);
            for (int i = 0; i < Certificates; i++)
            {
                _table.Publish(i, next);
            }

            Check(_ => length);
            most = round < 4 ? Math.Max(most, _table.Bytes) : most;
            Assert.True(_table.Bytes <= most, $"{_table.Bytes} bytes after {round + 1} switches, {most} at first");
        }
    }

    [Fact]
    public void Another_end_of_validity_after_a_switch_lets_the_certificate_wait_to_be_signed()
    {
        Fill();
        _table.SetSignatureLength(96);

        _table.Apply(Good(3, Start.AddDays(7)), out _);

        Assert.Null(_table.Read(3).Batch);
        Assert.Equal(1, _table.WaitingCount);
        Assert.False(new PresignQueue(_table, TimeSpan.Zero).IsEmpty(Start, new SourceReading { LastChange = _table.LastChange }));
    }

    [Fact]
    public void What_the_table_says_it_takes_is_what_its_records_and_its_index_take()
    {
        long empty = _table.Bytes;
        for (int i = 0; i < 100; i++)
        {
            _table.Apply(Good(i), out _);
        }

        Assert.Equal(100 * (RecordHeader.Length + 64), _table.Bytes - empty);
        Assert.Equal(256 * sizeof(uint), empty);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference[] FillAndWatch()
    {
        Fill();
        return [.. _table.Records.Store.Segments.Select(segment => new WeakReference(segment))];
    }

    private static bool AreCollected(WeakReference[] references)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return references.All(reference => !reference.IsAlive);
    }

    private void Fill()
    {
        SigningBatch first = Batch();
        for (int i = 0; i < Certificates; i++)
        {
            _table.Apply(Good(i), out _);
            _table.Publish(i, first);
        }
    }

    private void Check(Func<int, int> length)
    {
        byte[] signature = new byte[ResponderIdentity.MaxSignatureLength];
        for (int i = 0; i < Certificates; i++)
        {
            PkiCore.X509.SerialNumber serial = Serial(i);
            Assert.True(_table.TryRead(_table.BeginRead(serial), 0, signature, out CertificateRecord record));
            Assert.Equal(length(i), record.SignatureLength);
            Assert.Equal(-1, signature.AsSpan(0, record.SignatureLength).IndexOfAnyExcept((byte)i));
        }
    }
}

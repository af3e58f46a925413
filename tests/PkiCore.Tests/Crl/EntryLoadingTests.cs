using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

public sealed class EntryLoadingTests
{
    private static readonly DateTimeOffset s_revoked = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly RevokedCertificates _list = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    public void However_many_are_loaded_all_are_found_and_in_order(int count)
    {
        Load((_, _) => false, Enumerable.Range(0, count).Select(i => (i, X509RevocationReason.KeyCompromise)));

        Assert.Equal(count, _list.Count);
        Assert.Equal(Enumerable.Range(0, count).Select(i => Entry(i, X509RevocationReason.KeyCompromise)), _list.Entries.Select(entry => entry.Entry.ToArray()));
        Assert.All(Enumerable.Range(0, count), i => Assert.True(_list.TryGet(Serial(i), out _)));
    }

    [Theory]
    [InlineData(1)] // the second comes while the first waits
    [InlineData(100)]
    public void Of_two_entries_for_one_certificate_the_one_stays_that_prevails(int between)
    {
        (int, X509RevocationReason)[] others = [.. Enumerable.Range(10, between).Select(i => (i, X509RevocationReason.KeyCompromise))];
        Load(
            (added, known) => added[^1] < known[^1], // the lower reason
            [(1, X509RevocationReason.CertificateHold), (2, X509RevocationReason.KeyCompromise), .. others, (1, X509RevocationReason.KeyCompromise), (2, X509RevocationReason.CertificateHold)]);

        Assert.Equal(between + 2, _list.Count);
        Assert.Equal((between + 2) * Entry(1, X509RevocationReason.KeyCompromise).Length, _list.Length);
        Assert.True(_list.TryGet(Serial(1), out ReadOnlySpan<byte> first));
        Assert.Equal(Entry(1, X509RevocationReason.KeyCompromise), first);
        Assert.True(_list.TryGet(Serial(2), out ReadOnlySpan<byte> second));
        Assert.Equal(Entry(2, X509RevocationReason.KeyCompromise), second);
    }

    private void Load(RevokedCertificates.EntryComparison prevails, IEnumerable<(int Number, X509RevocationReason Reason)> entries)
    {
        var loading = new EntryLoading(_list, prevails);
        foreach ((int number, X509RevocationReason reason) in entries)
        {
            loading.Add(Entry(number, reason), Serial(number), ExpiryTime.Never);
        }

        loading.Complete();
    }

    private static byte[] Serial(int number) => [1, (byte)(number >> 8), (byte)number];

    private static byte[] Entry(int number, X509RevocationReason reason)
    {
        byte[] encoded = new byte[CrlEntryEncoder.MaxLength];
        return encoded[..CrlEntryEncoder.Encode(Serial(number), s_revoked, reason, invalidityDate: null, encoded)];
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Crl;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

public sealed class RevokedCertificatesTests
{
    private static readonly DateTimeOffset s_date = new(2025, 12, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_entry_is_found_by_its_serial_number_and_others_are_not()
    {
        var list = new RevokedCertificates();

        Assert.True(Set(list, 1, X509RevocationReason.KeyCompromise));

        Assert.True(list.TryGet(Serial(1), out ReadOnlySpan<byte> entry));
        Assert.Equal(Entry(1, X509RevocationReason.KeyCompromise), entry.ToArray());
        Assert.False(list.TryGet(Serial(2), out _));
        Assert.Equal((1, (long)entry.Length), (list.Count, list.Length));
        Assert.True(SerialNumber.TryCreate(Serial(1), out SerialNumber serial) && list.Contains(in serial));
    }

    [Fact]
    public void An_entry_takes_the_place_of_another_with_its_serial_number_and_the_same_one_changes_nothing()
    {
        var list = new RevokedCertificates();
        Set(list, 1, X509RevocationReason.CertificateHold);

        Assert.True(Set(list, 1, X509RevocationReason.Unspecified));
        Assert.False(Set(list, 1, X509RevocationReason.Unspecified));

        Assert.Equal([Entry(1, X509RevocationReason.Unspecified)], Entries(list));
        Assert.Equal(1, list.Count);
    }

    [Fact]
    public void TryAdd_leaves_what_is_there()
    {
        var list = new RevokedCertificates();

        Assert.True(list.TryAdd(Entry(1, X509RevocationReason.CertificateHold), Serial(1), ExpiryTime.Never));
        Assert.False(list.TryAdd(Entry(1, X509RevocationReason.KeyCompromise), Serial(1), ExpiryTime.Never));

        Assert.Equal([Entry(1, X509RevocationReason.CertificateHold)], Entries(list));
    }

    [Fact]
    public void What_is_removed_is_gone_from_index_entries_and_runs()
    {
        var list = new RevokedCertificates();
        for (int i = 0; i < 5; i++)
        {
            Set(list, i);
        }

        Assert.True(list.Remove(Serial(1)));
        Assert.True(list.Remove(Serial(3)));
        Assert.False(list.Remove(Serial(3)));

        Assert.False(list.TryGet(Serial(1), out _));
        Assert.Equal([Entry(0), Entry(2), Entry(4)], Entries(list));
        Assert.Equal([Entry(0), Entry(2), Entry(4)], list.Runs.Select(run => run.ToArray()));
        Assert.Equal((3, (long)Entries(list).Sum(entry => entry.Length)), (list.Count, list.Length));
    }

    [Fact]
    public void Entries_that_stand_together_are_one_run()
    {
        var list = new RevokedCertificates();
        for (int i = 0; i < 100; i++)
        {
            Set(list, i);
        }

        Assert.Equal(Enumerable.Range(0, 100).SelectMany(i => Entry(i)), Assert.Single(list.Runs).ToArray());
        list.Remove(Serial(50));
        Assert.Equal(2, list.Runs.Count());
    }

    [Fact]
    public void Gaps_are_closed_when_they_are_a_third_and_the_order_stays()
    {
        const int Count = 100_000;
        var list = new RevokedCertificates();
        for (int i = 0; i < Count; i++)
        {
            Set(list, i);
        }

        var runs = new List<int>();
        for (int i = 0; i < Count; i++)
        {
            if (i % 10 != 0)
            {
                list.Remove(Serial(i));
            }

            if (i % 1000 == 0)
            {
                runs.Add(list.Runs.Count());
            }
        }

        int[] left = [.. Enumerable.Range(0, Count / 10).Select(i => i * 10)];
        Assert.Equal(left.Length, list.Count);
        Assert.All(left, i => Assert.True(list.TryGet(Serial(i), out ReadOnlySpan<byte> entry) && entry.SequenceEqual(Entry(i))));
        Assert.Equal(left.Select(i => Convert.ToHexString(Entry(i))), Entries(list).Select(Convert.ToHexString));
        Assert.NotEqual(runs.Order(), runs); // there were fewer again: gaps were closed
        Assert.Equal(list.Length, list.Runs.Sum(run => (long)run.Length));
    }

    [Fact]
    public void Expired_entries_go_and_those_that_never_expire_stay()
    {
        var list = new RevokedCertificates();
        for (int i = 0; i < 10; i++)
        {
            Set(list, i, notAfter: i == 5 ? ExpiryTime.Never : new ExpiryTime((uint)(100 + i)));
        }

        Assert.Equal(0, list.RemoveExpired(new ExpiryTime(100)));
        Assert.Equal(3, list.RemoveExpired(new ExpiryTime(103)));
        Assert.Equal(0, list.RemoveExpired(new ExpiryTime(103)));
        Assert.Equal(6, list.RemoveExpired(new ExpiryTime(1000)));

        Assert.Equal([Entry(5)], Entries(list));
        Assert.Equal(ExpiryTime.Never, Assert.Single(list.Entries).NotAfter);
    }

    [Fact]
    public void Long_entries_keep_their_bytes_over_the_ends_of_chunks()
    {
        var list = new RevokedCertificates();
        byte[] name = new X500DistinguishedName("CN=" + new string('a', 200)).RawData;
        byte[][] entries = [.. Enumerable.Range(0, 10_000).Select(i => CrlEntryEncoder.WithCertificateIssuer(Entry(i), name))];
        for (int i = 0; i < entries.Length; i++)
        {
            list.Set(entries[i], Serial(i), ExpiryTime.Never);
        }

        Assert.Equal(entries.Select(Convert.ToHexString), Entries(list).Select(Convert.ToHexString));
        Assert.True(list.Runs.Count() > 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_done_it_is_as_a_dictionary(int seed)
    {
        var random = new Random(seed);
        var list = new RevokedCertificates();
        var model = new Dictionary<int, (byte[] Entry, ExpiryTime NotAfter)>();
        list.EnsureCapacity(random.Next(0, 20_000));
        for (int step = 0; step < 200_000; step++)
        {
            int number = random.Next(20_000);
            byte[] entry = Entry(number, (X509RevocationReason)random.Next(0, 7));
            var notAfter = new ExpiryTime((uint)random.Next(1, 1000));
            bool isThere = model.TryGetValue(number, out (byte[] Entry, ExpiryTime NotAfter) known);
            switch (random.Next(10))
            {
                case < 4:
                    bool isSame = isThere && known.Entry.AsSpan().SequenceEqual(entry);
                    Assert.Equal(!isSame, list.Set(entry, Serial(number), notAfter));
                    model[number] = isSame ? known : (entry, notAfter);
                    break;
                case < 5:
                    Assert.Equal(!isThere, list.TryAdd(entry, Serial(number), notAfter));
                    model.TryAdd(number, (entry, notAfter));
                    break;
                case < 9:
                    Assert.Equal(isThere, list.Remove(Serial(number)));
                    model.Remove(number);
                    break;
                case 9 when step % 1000 == 999:
                    var time = new ExpiryTime((uint)random.Next(1, 200));
                    int[] expired = [.. model.Where(pair => pair.Value.NotAfter < time).Select(pair => pair.Key)];
                    Assert.Equal(expired.Length, list.RemoveExpired(time));
                    Array.ForEach(expired, key => model.Remove(key));
                    break;
                default:
                    Assert.Equal(isThere, list.TryGet(Serial(number), out ReadOnlySpan<byte> found));
                    Assert.True(found.SequenceEqual(isThere ? known.Entry : []));
                    break;
            }
        }

        Assert.Equal(model.Count, list.Count);
        Assert.Equal(model.Sum(pair => (long)pair.Value.Entry.Length), list.Length);
        Assert.Equal(Texts(model.Values.Select(pair => (new ReadOnlyMemory<byte>(pair.Entry), pair.NotAfter))), Texts(list.Entries));
        Assert.Equal(list.Length, list.Runs.Sum(run => (long)run.Length));
    }

    private static IEnumerable<string> Texts(IEnumerable<(ReadOnlyMemory<byte> Entry, ExpiryTime NotAfter)> entries) =>
        entries.Select(entry => $"{Convert.ToHexString(entry.Entry.Span)} {entry.NotAfter.Seconds}").Order(StringComparer.Ordinal);

    private static IEnumerable<byte[]> Entries(RevokedCertificates list) => list.Entries.Select(entry => entry.Entry.ToArray());

    private static bool Set(RevokedCertificates list, int number, X509RevocationReason reason = X509RevocationReason.Unspecified, ExpiryTime? notAfter = null) =>
        list.Set(Entry(number, reason), Serial(number), notAfter ?? ExpiryTime.Never);

    /// <summary>Of different lengths: what is looked at has to be the serial number, whole.</summary>
    private static byte[] Serial(int number)
    {
        byte[] serial = new byte[5 + (number % 11)];
        serial[0] = 0x40;
        BinaryPrimitives.WriteInt32BigEndian(serial.AsSpan(serial.Length - 4), number);
        return serial;
    }

    private static byte[] Entry(int number, X509RevocationReason reason = X509RevocationReason.Unspecified)
    {
        Span<byte> buffer = stackalloc byte[CrlEntryEncoder.MaxLength];
        return buffer[..CrlEntryEncoder.Encode(Serial(number), s_date, reason, null, buffer)].ToArray();
    }
}

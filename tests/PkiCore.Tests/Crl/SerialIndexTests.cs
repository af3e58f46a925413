using PkiCore.Crl.State;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

public sealed class SerialIndexTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    [InlineData(1_000_000)]
    public void Places_are_found_after_any_growth_whatever_was_reserved(long capacity)
    {
        var index = new SerialIndex();
        index.EnsureCapacity(capacity);
        for (uint i = 0; i < 5000; i++)
        {
            index.Add(Hash(i), i);
            index.EnsureCapacity(capacity);
        }

        Assert.Equal(5000, index.Count);
        Assert.All(Enumerable.Range(0, 5000), i => Assert.Contains((uint)i, Places(index, Hash((uint)i))));
        Assert.Empty(Places(index, Hash(5001)));
    }

    [Fact]
    public void Equal_hashes_stand_for_several_places()
    {
        var index = new SerialIndex();
        ulong hash = Hash(7);
        for (uint place = 0; place < 100; place++)
        {
            index.Add(hash, place);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (uint)i), Places(index, hash).Order());
        index.Remove(hash, 50);
        index.Replace(hash, 51, 1051);

        Assert.Equal(99, index.Count);
        Assert.DoesNotContain(50U, Places(index, hash));
        Assert.DoesNotContain(51U, Places(index, hash));
        Assert.Contains(1051U, Places(index, hash));
        Assert.Contains(99U, Places(index, hash));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Those_behind_a_removed_place_are_still_found(int seed)
    {
        // few homes, so that runs are long and go over the end of the array
        var random = new Random(seed);
        var index = new SerialIndex();
        var model = new HashSet<(ulong Hash, uint Place)>();
        ulong[] hashes = [.. Enumerable.Range(0, 40).Select(i => (ulong)(1000 + i) << 32)];
        for (uint place = 0; place < 20_000; place++)
        {
            if (model.Count < 600 && random.Next(2) == 0)
            {
                ulong hash = hashes[random.Next(hashes.Length)];
                index.Add(hash, place);
                model.Add((hash, place));
            }
            else if (model.Count > 0)
            {
                (ulong hash, uint taken) = model.ElementAt(random.Next(model.Count));
                index.Remove(hash, taken);
                model.Remove((hash, taken));
            }
        }

        Assert.Equal(model.Count, index.Count);
        Assert.All(hashes, hash => Assert.Equal(model.Where(one => one.Hash == hash).Select(one => one.Place).Order(), Places(index, hash).Order()));
    }

    [Fact]
    public void Hashes_tell_lengths_and_every_octet_apart()
    {
        byte[][] serials = [.. Enumerable.Range(1, 21).SelectMany(length => Enumerable.Range(0, length + 1).Select(changed =>
        {
            byte[] serial = new byte[length];
            if (changed < length)
            {
                serial[changed] = 1;
            }

            return serial;
        }))];

        Assert.Equal(serials.Length, serials.Select(serial => SerialIndex.Hash(serial)).Distinct().Count());
    }

    private static ulong Hash(uint number) => SerialIndex.Hash(BitConverter.GetBytes(number));

    private static List<uint> Places(SerialIndex index, ulong hash)
    {
        var places = new List<uint>();
        for (SerialIndex.Probe probe = index.Find(hash); probe.TryNext(out uint place);)
        {
            places.Add(place);
        }

        return places;
    }
}

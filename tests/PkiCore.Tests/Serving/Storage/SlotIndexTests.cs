using PkiCore.Serving.Storage;

namespace PkiCore.Tests.Serving.Storage;

public sealed class SlotIndexTests
{
    private const ulong Hash = 0xFEDC_BA98_7654_3210;

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(0u, 65_535u)]
    [InlineData(0u, 65_536u)]
    [InlineData(1000u, (1u << 20) - 8)]
    [InlineData(0u, (1u << 29) + 8)]
    [InlineData(0u, (1u << 30) - 8)]
    public void The_highest_slots_that_there_is_room_for_are_found(uint records, uint slotLimit)
    {
        var index = SlotIndex.Create(records, slotLimit);
        uint highest = Math.Max(slotLimit, 1) - 1;
        Assert.True(index.CanHold(highest));

        foreach (uint slot in new[] { 0u, highest })
        {
            index.Add(Hash, slot);
            Assert.Contains(slot, Find(index, Hash));
        }
    }

    [Fact]
    public void Entries_that_were_removed_are_used_again_and_count_until_then()
    {
        var index = SlotIndex.Create(0, 0);
        for (uint i = 0; i < 10_000; i++)
        {
            index.Add(Hash, i % 1000);
            index.Add(Hash, 1000);
            Assert.Equal<uint>([i % 1000, 1000], [.. Find(index, Hash).Order()]);
            index.Remove(Position(index, i % 1000));
            Assert.Equal([1000u], Find(index, Hash));
            index.Remove(Position(index, 1000));
        }

        Assert.Equal((0u, 2u), (index.Live, index.Used));
    }

    [Fact]
    public void A_search_goes_round_the_end()
    {
        var index = SlotIndex.Create(0, 0);
        const ulong last = ulong.MaxValue;
        for (uint slot = 0; slot < 100; slot++)
        {
            index.Add(last, slot);
        }

        Assert.Equal(index.Capacity - 1, index.Start(last));
        Assert.Equal(Enumerable.Range(0, 100).Select(slot => (uint)slot), Find(index, last));
    }

    [Fact]
    public void It_is_full_before_a_search_would_not_end()
    {
        var index = SlotIndex.Create(5000, 0);
        uint count = 0;
        for (; !index.IsFull; count++)
        {
            index.Add(count * 0x9E3779B97F4A7C15, count);
        }

        Assert.InRange(count, 5001u, index.Capacity - 1);
    }

    private static List<uint> Find(SlotIndex index, ulong hash)
    {
        var slots = new List<uint>();
        uint position = index.Start(hash);
        for (uint entry; (entry = index.Read(position)) != SlotIndex.Empty; position = index.Next(position))
        {
            if (index.Matches(entry, hash))
            {
                slots.Add(index.SlotOf(entry));
            }
        }

        return slots;
    }

    private static uint Position(SlotIndex index, uint slot)
    {
        uint position = index.Start(Hash);
        while (!index.Matches(index.Read(position), Hash) || index.SlotOf(index.Read(position)) != slot)
        {
            position = index.Next(position);
        }

        return position;
    }
}

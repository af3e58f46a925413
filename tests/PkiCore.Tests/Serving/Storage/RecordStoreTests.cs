using PkiCore.Serving.Storage;

namespace PkiCore.Tests.Serving.Storage;

public sealed unsafe class RecordStoreTests
{
    private readonly RecordStore _store = new(new RecordLayout(1, 64), segmentBits: 4);

    [Fact]
    public void A_slot_comes_back_only_after_many_others()
    {
        uint first = Publish();
        uint[] others = [.. Enumerable.Range(0, 200).Select(_ => Publish())];
        _store.Free(first);
        for (int i = 0; i < 64; i++)
        {
            Assert.NotEqual(first, Publish());
            _store.Free(others[i]);
        }

        Assert.Equal(first, Publish());
    }

    [Fact]
    public void What_is_held_back_stays_as_it_was_until_it_is_let_go()
    {
        uint[] slots = [.. Enumerable.Range(0, 100).Select(_ => Publish())];
        _store.HoldBack();
        foreach (uint slot in slots)
        {
            _store.Free(slot);
        }

        Assert.DoesNotContain(Publish(), slots);
        _store.Layout = new RecordLayout(1, 96);
        Assert.All(slots, slot => Assert.Equal(slot, Header(slot)->NotAfter));
        _store.Layout = new RecordLayout(1, 64);
        _store.LetGo();

        Assert.Equal(100, _store.FreeCount);
        Assert.Contains(Publish(), slots);
    }

    [Fact]
    public void A_generation_that_has_come_round_is_still_odd_when_published()
    {
        uint slot = _store.Allocate();
        Header(slot)->State = 0xFFFF_E000; // the last even generation
        _store.Publish(slot, 0x0C5);
        Assert.Equal(0xFFFF_F0C5, Header(slot)->State);

        _store.Free(slot);

        Assert.Equal(0x0C5u, Header(slot)->State);
        Assert.False(Header(slot)->IsPublished);
    }

    private uint Publish()
    {
        uint slot = _store.Allocate();
        Header(slot)->NotAfter = slot;
        _store.Publish(slot, 1);
        return slot;
    }

    private RecordHeader* Header(uint slot) => _store.At(_store.FindSegment(slot)!, slot);
}

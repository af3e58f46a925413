namespace PkiCore.Serving.Storage;

/// <summary>A set of slots: a bit for each.</summary>
internal sealed class SlotSet
{
    private const int Bits = 64;

    private ulong[] _words = [];

    public void Set(uint slot, bool isMember)
    {
        uint word = slot / Bits;
        if (word >= _words.Length)
        {
            Array.Resize(ref _words, (int)Math.Max(word + 1, (uint)_words.Length * 2));
        }

        ulong bit = 1UL << (int)(slot % Bits);
        _words[word] = isMember ? _words[word] | bit : _words[word] & ~bit;
    }

    public bool Contains(uint slot) => slot / Bits < (uint)_words.Length && (_words[slot / Bits] >> (int)(slot % Bits) & 1) != 0;
}

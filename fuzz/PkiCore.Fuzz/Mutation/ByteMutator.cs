namespace PkiCore.Fuzz.Mutation;

/// <summary>Changes bytes without knowing what they mean.</summary>
internal sealed class ByteMutator : IMutator
{
    private static readonly byte[] s_interesting = [0x00, 0x01, 0x1F, 0x20, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xA0, 0xFE, 0xFF];

    public byte[] Mutate(Random random, byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        int start = random.Next(bytes.Count + 1);
        int count = Math.Min(1 + random.Next(random.OneIn(4) ? 32 : 4), bytes.Count - start);
        switch (random.Next(7))
        {
            case 0 when start < bytes.Count:
                bytes[start] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when start < bytes.Count:
                bytes[start] = random.Pick(s_interesting);
                break;
            case 2 when start < bytes.Count:
                bytes[start] += (byte)(random.OneIn(2) ? 1 : 0xFF);
                break;
            case 3:
                bytes.RemoveRange(start, count);
                break;
            case 4:
                bytes.InsertRange(start, bytes.GetRange(start, count));
                break;
            case 5:
                int from = random.Next(other.Length + 1);
                bytes.InsertRange(start, other.Skip(from).Take(1 + random.Next(16)));
                break;
            default:
                bytes.Insert(start, random.OneIn(2) ? random.Pick(s_interesting) : (byte)random.Next(256));
                break;
        }

        return [.. bytes.Take(Choice.MaxInputLength)];
    }
}

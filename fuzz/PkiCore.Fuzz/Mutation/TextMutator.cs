using System.Text;

namespace PkiCore.Fuzz.Mutation;

/// <summary>Changes text: fields between tabs, parts between commas, words and times from a dictionary, digits, and now and then bytes.</summary>
internal sealed class TextMutator : IMutator
{
    private static readonly ByteMutator s_bytes = new();

    private static readonly string[] s_words =
    [
        "V", "R", "E", "T", "-", "00", "0", "01", "7F", "80", "FF", "ff", "0100", "unknown", "/CN=a", "",
        "240131120000Z", "491231235959Z", "500101000000Z", "510101000000Z", "20240229000000Z", "20230229000000Z", "20240431000000Z",
        "99991231235959Z", "00000101000000Z", "00010101000000Z", "20241301000000Z", "20240101240000Z", "240101006000Z", "2401010000Z",
        "unspecified", "keyCompromise", "CACompromise", "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
        "removeFromCRL", "privilegeWithdrawn", "AACompromise", "holdInstruction", "keyTime", "CAkeyTime", "1.2.840.10040.2.1",
        new('7', 40), new('F', 40), new('7', 42), new('F', 42), "-" + new string('7', 42), "-80" + new string('0', 40), "80" + new string('0', 40),
    ];

    public byte[] Mutate(Random random, byte[] input, byte[] other)
    {
        byte[] bytes = input;
        for (int left = random.OneIn(3) ? 2 : 1; left > 0; left--)
        {
            bytes = random.OneIn(4) ? s_bytes.Mutate(random, bytes, other) : MutateText(random, bytes, other);
        }

        return bytes;
    }

    private static byte[] MutateText(Random random, byte[] input, byte[] other)
    {
        string text = Encoding.Latin1.GetString(input);
        char separator = text.Contains(',', StringComparison.Ordinal) && random.OneIn(2) ? ',' : '\t';
        List<string> parts = [.. text.Split(separator)];
        int place = random.Next(parts.Count);
        switch (random.Next(8))
        {
            case 0:
                parts[place] = random.Pick(s_words);
                break;
            case 1:
                parts.Insert(place, random.Pick(s_words));
                break;
            case 2:
                parts.RemoveAt(place);
                break;
            case 3:
                parts[place] = random.Pick(Encoding.Latin1.GetString(other).Split(separator));
                break;
            case 4:
                parts[place] += (random.OneIn(2) ? "," : "") + random.Pick(s_words);
                break;
            case 5:
                int another = random.Next(parts.Count);
                (parts[place], parts[another]) = (parts[another], parts[place]);
                break;
            default:
                parts[place] = ChangeDigit(random, parts[place]);
                break;
        }

        return Encoding.Latin1.GetBytes(string.Join(separator, parts));
    }

    private static string ChangeDigit(Random random, string part)
    {
        char[] letters = part.ToCharArray();
        if (letters.Length > 0)
        {
            letters[random.Next(letters.Length)] = "0123456789ABCDEFabcdefZ-"[random.Next(random.OneIn(3) ? 24 : 10)];
        }

        return new string(letters);
    }
}

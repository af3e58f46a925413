namespace PkiCore.Fuzz.Mutation;

/// <summary>Changes the tree of values that an input is; lengths around a change stay right unless the change is a wrong length.</summary>
internal sealed class TlvMutator : IMutator
{
    private static readonly ByteMutator s_bytes = new();

    public byte[] Mutate(Random random, byte[] input, byte[] other)
    {
        if (random.OneIn(10))
        {
            return s_bytes.Mutate(random, input, other);
        }

        TlvNode root = TlvNode.ParseAll(input);
        for (int left = random.OneIn(3) ? 1 + random.Next(3) : 1; left > 0; left--)
        {
            Change(random, root, other);
        }

        byte[] output = root.Encode();
        return output.Length <= Choice.MaxInputLength ? output : input;
    }

    private static void Change(Random random, TlvNode root, byte[] other)
    {
        List<(TlvNode Parent, TlvNode Node)> nodes = root.Descendants();
        if (nodes.Count == 0)
        {
            root.Children!.Add(random.Pick(Snippets.All).Clone());
            return;
        }

        (TlvNode parent, TlvNode node) = random.Pick(nodes);
        switch (random.Next(10))
        {
            case < 4:
                ChangeTree(random, parent, node, other);
                break;
            case < 8:
                ChangeContents(random, node);
                break;
            case 8:
                node.Tag = InterestingValues.Tag(random, node.Tag);
                break;
            default:
                node.WrongLength = WrongLength(random, node);
                break;
        }
    }

    private static void ChangeTree(Random random, TlvNode parent, TlvNode node, byte[] other)
    {
        List<TlvNode> siblings = parent.Children!;
        int place = siblings.IndexOf(node);
        switch (random.Next(9))
        {
            case 0:
                siblings.RemoveAt(place);
                break;
            case 1:
                siblings.Insert(place, node.Clone());
                break;
            case 2: // as many as a limit allows, or one more
                int copies = random.Pick([2, 3, 30, 31, 32, 33]);
                siblings.InsertRange(place, Enumerable.Range(0, copies).Select(_ => node.Clone()));
                break;
            case 3:
                int another = random.Next(siblings.Count);
                (siblings[place], siblings[another]) = (siblings[another], siblings[place]);
                break;
            case 4:
                siblings[place] = FromOther(random, other);
                break;
            case 5:
                siblings.Insert(place + random.Next(2), FromOther(random, other));
                break;
            case 6:
                siblings.Insert(place + random.Next(2), random.Pick(Snippets.All).Clone());
                break;
            case 7:
                siblings[place] = new TlvNode { Tag = InterestingValues.Tag(random, 0x30), Children = [node] };
                break;
            default: // take off the wrapper
                siblings.RemoveAt(place);
                siblings.InsertRange(place, node.Children ?? []);
                break;
        }
    }

    private static void ChangeContents(Random random, TlvNode node)
    {
        if (node.Children is { } children)
        {
            switch (random.Next(4))
            {
                case 0:
                    children.Clear();
                    break;
                case 1:
                    children.Add(TlvNode.Raw([(byte)random.Next(256)]));
                    break;
                default:
                    children.Insert(random.Next(children.Count + 1), random.Pick(Snippets.All).Clone());
                    break;
            }

            return;
        }

        node.Contents = random.Next(3) switch
        {
            0 => s_bytes.Mutate(random, node.Contents, node.Contents),
            1 => Resize(node.Contents, InterestingValues.Size(random)),
            _ => InterestingValues.Contents(random, node.Tag) ?? s_bytes.Mutate(random, node.Contents, []),
        };
    }

    private static byte[] Resize(byte[] contents, int size)
    {
        byte[] resized = new byte[size];
        Array.Fill(resized, (byte)0x2A);
        contents.AsSpan(0, Math.Min(size, contents.Length)).CopyTo(resized);
        return resized;
    }

    private static TlvNode FromOther(Random random, byte[] other)
    {
        List<(TlvNode Parent, TlvNode Node)> nodes = TlvNode.ParseAll(other).Descendants();
        return nodes.Count == 0 ? TlvNode.Raw(other) : random.Pick(nodes).Node;
    }

    private static byte[] WrongLength(Random random, TlvNode node)
    {
        int length = node.Children is null ? node.Contents.Length : node.Children.Sum(child => child.Encode().Length);
        return random.Next(7) switch
        {
            0 => [0x80], // indefinite
            1 => [0x81, (byte)length], // longer than needed below 128
            2 => [0x82, (byte)(length >> 8), (byte)length],
            3 => [0x84, 0, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
            4 => [0x85, 0, 0, 0, (byte)(length >> 8), (byte)length],
            5 => [0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            _ => TlvNode.Length(Math.Max(0, length + (random.OneIn(2) ? 1 : -1))),
        };
    }
}

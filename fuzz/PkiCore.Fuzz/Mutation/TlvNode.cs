namespace PkiCore.Fuzz.Mutation;

/// <summary>
/// A value of a TLV tree that can be changed anywhere. Lengths are worked out anew when it is written, so that a change deep
/// inside leaves everything around it whole; a node may insist on a wrong length or header instead.
/// </summary>
internal sealed class TlvNode
{
    private const int MaxDepth = 40;

    public byte Tag { get; set; }

    public byte[] Contents { get; set; } = [];

    /// <summary>The values inside; <see langword="null"/> when the contents are taken as they are.</summary>
    public List<TlvNode>? Children { get; set; }

    /// <summary>Written in place of the right length octets.</summary>
    public byte[]? WrongLength { get; set; }

    /// <summary>Reads a row of values; what is none, at the end, becomes a node without header.</summary>
    public static TlvNode ParseAll(ReadOnlySpan<byte> input)
    {
        var children = new List<TlvNode>();
        return new TlvNode { IsBare = true, Children = TryParse(input, children, 0, out ReadOnlySpan<byte> rest) ? children : [.. children, Raw(rest)] };
    }

    public static TlvNode Raw(ReadOnlySpan<byte> bytes) => new() { IsBare = true, Contents = bytes.ToArray() };

    /// <summary>No header of its own: the root, and bytes that are not a value.</summary>
    public bool IsBare { get; private init; }

    public TlvNode Clone() => new()
    {
        Tag = Tag,
        Contents = Contents,
        Children = Children?.ConvertAll(child => child.Clone()),
        WrongLength = WrongLength,
        IsBare = IsBare,
    };

    /// <summary>All nodes below, each with the one that holds it.</summary>
    public List<(TlvNode Parent, TlvNode Node)> Descendants()
    {
        var all = new List<(TlvNode, TlvNode)>();
        Collect(this, all);
        return all;
    }

    public byte[] Encode()
    {
        byte[] contents = Children is null ? Contents : [.. Children.SelectMany(child => child.Encode())];
        return IsBare ? contents : [Tag, .. WrongLength ?? Length(contents.Length), .. contents];
    }

    public static byte[] Length(int length) => length switch
    {
        < 0x80 => [(byte)length],
        <= 0xFF => [0x81, (byte)length],
        <= 0xFFFF => [0x82, (byte)(length >> 8), (byte)length],
        _ => [0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
    };

    private static void Collect(TlvNode parent, List<(TlvNode Parent, TlvNode Node)> all)
    {
        foreach (TlvNode child in parent.Children ?? [])
        {
            all.Add((parent, child));
            Collect(child, all);
        }
    }

    private static bool TryParse(ReadOnlySpan<byte> input, List<TlvNode> nodes, int depth, out ReadOnlySpan<byte> rest)
    {
        rest = input;
        while (!rest.IsEmpty)
        {
            if (!TryReadHeader(rest, out int header, out int length))
            {
                return false;
            }

            var node = new TlvNode { Tag = rest[0], Contents = rest.Slice(header, length).ToArray() };
            var children = new List<TlvNode>();
            // An OCTET STRING may hold another value, as extnValue and responseBytes do.
            bool looksInside = (node.Tag & 0x20) != 0 || (node.Tag == 0x04 && length > 1);
            if (looksInside && depth < MaxDepth && TryParse(node.Contents, children, depth + 1, out _))
            {
                node.Children = children;
            }

            nodes.Add(node);
            rest = rest[(header + length)..];
        }

        return true;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> input, out int header, out int length)
    {
        header = 2;
        length = input.Length > 1 ? input[1] : 0;
        if (length >= 0x80)
        {
            int octets = length & 0x7F;
            header += octets;
            length = 0;
            if (octets is 0 or > 3 || input.Length < header)
            {
                return false;
            }

            foreach (byte octet in input[2..header])
            {
                length = (length << 8) | octet;
            }
        }

        return input.Length >= 2 && length <= input.Length - header;
    }
}

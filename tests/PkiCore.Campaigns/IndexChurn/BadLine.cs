namespace PkiCore.Campaigns.IndexChurn;

/// <summary>Lines that say nothing of any certificate.</summary>
internal static class BadLine
{
    public static string Create(Random random) => random.Next(6) switch
    {
        0 => "garbage",
        1 => "V\t\t\t",
        2 => "R\t300101000000Z\t250101000000Z,keyCompromise\tNOTHEX\tunknown\t/CN=bad",
        3 => new string('x', random.Next(1, 20_000)),
        4 => "\t\t\t\t\t\t\t\t",
        _ => "V\t300101000000Z\t\t" + new string('A', 60) + "\tunknown\t/CN=too-long",
    };

    /// <summary>A good line that was damaged; it speaks of no certificate any more, or not well enough.</summary>
    public static string Damage(string line, Random random)
    {
        string[] fields = line.Split('\t');
        switch (random.Next(3))
        {
            case 0:
                fields[0] = "X";
                break;
            case 1:
                fields[1] = "not a time";
                break;
            default:
                fields = fields[..^1];
                break;
        }

        return string.Join('\t', fields);
    }
}

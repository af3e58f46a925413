namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Results of one column and one row that no honest server sends.</summary>
internal static class FakeResult
{
    private const byte Prepare = 0x16;
    private const byte Execute = 0x17;
    private const byte VarString = 253;
    private const byte Unknown = 200;

    private static readonly byte[] s_ok = [0, 0, 0, 2, 0, 0, 0];
    private static readonly byte[] s_end = [0xfe, 0, 0, 2, 0];

    // Two GiB less one byte, as the length of the value.
    private static readonly byte[] s_hugeRow = [0, 0, 0xfe, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0];
    private static readonly byte[] s_row = [0, 0, 1, (byte)'x'];

    /// <param name="send">Sends a packet, with its number.</param>
    /// <param name="command">What the client asked for.</param>
    /// <param name="stage">Which result.</param>
    internal static async Task SendAsync(Func<byte, byte[], Task> send, byte command, FakeStage stage)
    {
        byte[] column =
        [
            3, .. "def"u8, 0, 0, 0, 1, (byte)'v', 0, 12, 63, 0, 20, 0, 0, 0, stage == FakeStage.UnknownType ? Unknown : VarString, 0, 0, 0, 0, 0,
        ];
        byte[][] packets = command switch
        {
            Prepare => [[0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], column, s_end],
            Execute => [[1], column, s_end, stage == FakeStage.HugeValue ? s_hugeRow : s_row, s_end],
            _ => [s_ok],
        };
        for (int i = 0; i < packets.Length; i++)
        {
            await send((byte)(i + 1), packets[i]);
        }
    }
}

namespace PkiCore.MariaDb.Results;

/// <summary>A value: a number, ticks, the bits of a floating-point number, or where in the block's data the bytes begin.</summary>
internal struct Cell
{
    internal const int Null = -1;

    internal long Value;

    /// <summary>Bytes of a value of variable length; <see cref="Null"/> for NULL.</summary>
    internal int Length;
}

/// <summary>Rows that go from the connection's thread to the reader as a whole.</summary>
internal sealed class RowBlock
{
    private const int MostCells = 8192;
    private const int FirstCells = 256;
    private const int FirstData = 4096;
    private const int MostData = 128 * 1024;
    internal const int KeptData = 1024 * 1024;

    private Cell[] _cells = [];
    private byte[] _data = [];
    private int _capacity;
    private int _columns;

    internal int Rows { get; private set; }

    internal int DataLength { get; private set; }

    internal byte[] Data => _data;

    internal bool IsFull => Rows >= _capacity || DataLength >= MostData;

    /// <summary>Makes it empty for rows of so many columns.</summary>
    /// <param name="columns">How many.</param>
    /// <param name="small">For the first rows of a result, which is all there is of most.</param>
    internal void Clear(int columns, bool small)
    {
        _columns = columns;
        _capacity = Math.Max(1, (small ? FirstCells : MostCells) / columns);
        if (_cells.Length < _capacity * columns)
        {
            _cells = GC.AllocateUninitializedArray<Cell>(_capacity * columns);
        }

        if (_data.Length is 0 or > KeptData)
        {
            _data = GC.AllocateUninitializedArray<byte>(FirstData);
        }

        Rows = 0;
        DataLength = 0;
    }

    internal Span<Cell> NextRow() => _cells.AsSpan(Rows * _columns, _columns);

    internal void Commit() => Rows++;

    internal ref readonly Cell this[int row, int column] => ref _cells[(row * _columns) + column];

    /// <summary>Room for bytes behind what is there.</summary>
    internal Span<byte> Reserve(int length)
    {
        if (_data.Length - DataLength < length)
        {
            int needed = checked(DataLength + length);
            Array.Resize(ref _data, (int)Math.Max(needed, Math.Min(2L * _data.Length, MostData * 2L)));
        }

        Span<byte> room = _data.AsSpan(DataLength, length);
        DataLength += length;
        return room;
    }
}

/// <summary>The blocks of a connection, which has one result at a time.</summary>
internal sealed class BlockCache
{
    private readonly Stack<RowBlock> _blocks = new();

    internal RowBlock Take()
    {
        lock (_blocks)
        {
            return _blocks.TryPop(out RowBlock? block) ? block : new RowBlock();
        }
    }

    internal void Return(RowBlock block)
    {
        lock (_blocks)
        {
            // Not the one of a huge value, which an idle connection would hold for ever.
            if (block.Data.Length <= RowBlock.KeptData)
            {
                _blocks.Push(block);
            }
        }
    }
}

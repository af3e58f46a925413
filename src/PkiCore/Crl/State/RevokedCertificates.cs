using System.Diagnostics;
using System.Numerics;
using PkiCore.Asn1;

namespace PkiCore.Crl.State;

/// <summary>
/// The entries of one CRL, encoded as they will stand in it, in the order in which they came, and an index by serial number. An entry that is
/// taken out leaves a gap, and gaps are closed when a third of the bytes are gaps: a CRL is made by copying whole runs. Not safe for use from several threads.
/// </summary>
internal sealed class RevokedCertificates
{
    /// <summary>So many bytes fit in any case: an entry of 64 KiB may leave as much of a chunk empty.</summary>
    public const long CertainLength = (long)MaxChunks * (ChunkLength - (64 << 10));

    private const int ChunkBits = 20;
    private const int ChunkLength = 1 << ChunkBits;
    private const int MaxChunks = 1 << (32 - ChunkBits);

    /// <summary>In place of the SEQUENCE tag of an entry that was taken out.</summary>
    private const byte Gone = 0;

    private readonly SerialIndex _index = new();
    private readonly List<Chunk> _chunks = [];
    private long _gaps;

    /// <summary>How many entries there are.</summary>
    public int Count => _index.Count;

    /// <summary>How many bytes they are.</summary>
    public long Length { get; private set; }

    /// <summary>The entries as runs of bytes, in order.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Runs => _chunks.SelectMany(chunk => chunk.Runs);

    /// <summary>The entries one by one, in order.</summary>
    public IEnumerable<(ReadOnlyMemory<byte> Entry, ExpiryTime NotAfter)> Entries
    {
        get
        {
            foreach (Chunk chunk in _chunks)
            {
                for ((int at, int number) = (0, 0); at < chunk.Used; number++)
                {
                    ReadOnlyMemory<byte> entry = chunk.MemoryAt(at);
                    if (entry.Span[0] != Gone)
                    {
                        yield return (entry, chunk.Expiries[number]);
                    }

                    at += entry.Length;
                }
            }
        }
    }

    /// <summary>Finds the entry of a certificate.</summary>
    /// <param name="serial">The contents octets of the serial number.</param>
    /// <param name="entry">The whole entry, until the next change.</param>
    public bool TryGet(ReadOnlySpan<byte> serial, out ReadOnlySpan<byte> entry)
    {
        bool found = TryFind(serial, SerialIndex.Hash(serial), out uint place);
        entry = found ? EntryAt(place) : default;
        return found;
    }

    /// <summary>Whether there is an entry of a certificate.</summary>
    public bool Contains(in X509.SerialNumber serial)
    {
        Span<byte> octets = stackalloc byte[X509.SerialNumber.MaxLength];
        return TryGet(octets[..serial.CopyTo(octets)], out _);
    }

    /// <summary>Makes room in the index, where many entries are to come.</summary>
    /// <param name="count">How many there will be in all, about.</param>
    public void EnsureCapacity(long count) => _index.EnsureCapacity(count);

    /// <summary>Adds an entry that <see cref="Index"/> will index soon; until then it cannot be found.</summary>
    /// <returns>What to hand over.</returns>
    /// <exception cref="InvalidOperationException">There are 4 GiB of entries.</exception>
    public (ulong Hash, uint Place) AddUnindexed(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> serial, ExpiryTime notAfter)
    {
        ulong hash = SerialIndex.Hash(serial);
        _index.Prefetch(hash);
        return (hash, Append(entry, notAfter));
    }

    /// <summary>Indexes an entry.</summary>
    /// <param name="added">The entry.</param>
    /// <param name="prevails">Whether the first entry takes the place of the second, which has its serial number and was there before.</param>
    public void Index((ulong Hash, uint Place) added, EntryComparison prevails)
    {
        ReadOnlySpan<byte> entry = EntryAt(added.Place);
        if (!TryFind(SerialOf(entry), added.Hash, out uint place))
        {
            _index.Add(added.Hash, added.Place);
        }
        else if (prevails(entry, EntryAt(place)))
        {
            _index.Replace(added.Hash, place, added.Place);
            MakeGap(place);
        }
        else
        {
            MakeGap(added.Place);
        }
    }

    /// <summary>Adds an entry, unless there is one with its serial number.</summary>
    /// <param name="entry">A well-formed entry.</param>
    /// <param name="serial">The contents octets of its serial number.</param>
    /// <param name="notAfter">When its certificate expires.</param>
    /// <returns><see langword="false"/> when there is one.</returns>
    /// <exception cref="InvalidOperationException">There are 4 GiB of entries.</exception>
    public bool TryAdd(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> serial, ExpiryTime notAfter)
    {
        ulong hash = SerialIndex.Hash(serial);
        if (TryFind(serial, hash, out _))
        {
            return false;
        }

        _index.Add(hash, Append(entry, notAfter));
        return true;
    }

    /// <summary>Adds an entry, or puts it in the place of the one with its serial number.</summary>
    /// <param name="entry">A well-formed entry.</param>
    /// <param name="serial">The contents octets of its serial number.</param>
    /// <param name="notAfter">When its certificate expires.</param>
    /// <returns><see langword="false"/> when the very same entry is there.</returns>
    /// <exception cref="InvalidOperationException">There are 4 GiB of entries.</exception>
    public bool Set(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> serial, ExpiryTime notAfter)
    {
        ulong hash = SerialIndex.Hash(serial);
        bool isThere = TryFind(serial, hash, out uint place);
        if (isThere && EntryAt(place).SequenceEqual(entry))
        {
            return false;
        }

        uint newPlace = Append(entry, notAfter);
        if (isThere)
        {
            _index.Replace(hash, place, newPlace);
            MakeGap(place);
            CloseGapsIfWorthWhile();
        }
        else
        {
            _index.Add(hash, newPlace);
        }

        return true;
    }

    /// <summary>Takes an entry out.</summary>
    public bool Remove(ReadOnlySpan<byte> serial)
    {
        ulong hash = SerialIndex.Hash(serial);
        if (!TryFind(serial, hash, out uint place))
        {
            return false;
        }

        _index.Remove(hash, place);
        MakeGap(place);
        CloseGapsIfWorthWhile();
        return true;
    }

    /// <summary>Takes out the entries of certificates that had expired at a time.</summary>
    /// <returns>How many they were.</returns>
    public int RemoveExpired(ExpiryTime time)
    {
        int before = Count;
        for (int i = 0; i < _chunks.Count; i++)
        {
            if (_chunks[i].FirstExpiry < time)
            {
                RemoveExpired(i, time);
            }
        }

        CloseGapsIfWorthWhile();
        return before - Count;
    }

    private bool TryFind(ReadOnlySpan<byte> serial, ulong hash, out uint place)
    {
        for (SerialIndex.Probe probe = _index.Find(hash); probe.TryNext(out place);)
        {
            if (SerialOf(EntryAt(place)).SequenceEqual(serial))
            {
                return true;
            }
        }

        return false;
    }

    private uint Append(ReadOnlySpan<byte> entry, ExpiryTime notAfter)
    {
        if (_chunks.Count == 0 || _chunks[^1].Used + entry.Length > ChunkLength)
        {
            if (_chunks.Count == MaxChunks)
            {
                throw new InvalidOperationException("One CRL holds at most 4 GiB of entries: spread the certificates over several CRLs.");
            }

            _chunks.Add(new Chunk(isFirst: _chunks.Count == 0));
        }

        int at = _chunks[^1].Append(entry, notAfter);
        Length += entry.Length;
        return PlaceOf(_chunks.Count - 1, at);
    }

    private void MakeGap(uint place)
    {
        Chunk chunk = _chunks[(int)(place >> ChunkBits)];
        Span<byte> entry = chunk.EntryAt((int)(place & (ChunkLength - 1)));
        entry[0] = Gone;
        chunk.HasGaps = true;
        Length -= entry.Length;
        _gaps += entry.Length;
    }

    private void RemoveExpired(int chunkNumber, ExpiryTime time)
    {
        Chunk chunk = _chunks[chunkNumber];
        ExpiryTime first = ExpiryTime.Never;
        for ((int at, int number) = (0, 0); at < chunk.Used; number++)
        {
            Span<byte> entry = chunk.EntryAt(at);
            ExpiryTime expiry = chunk.Expiries[number];
            if (entry[0] != Gone && expiry < time)
            {
                _index.Remove(SerialIndex.Hash(SerialOf(entry)), PlaceOf(chunkNumber, at));
                MakeGap(PlaceOf(chunkNumber, at));
            }
            else if (entry[0] != Gone && expiry < first)
            {
                first = expiry;
            }

            at += entry.Length;
        }

        chunk.FirstExpiry = first;
    }

    private void CloseGapsIfWorthWhile()
    {
        if (_gaps > ChunkLength && _gaps > Length / 2)
        {
            CloseGaps();
        }
    }

    /// <summary>Moves all entries together; needs the room of two chunks, however many there are.</summary>
    private void CloseGaps()
    {
        Chunk[] before = [.. _chunks];
        _chunks.Clear();
        (Length, _gaps) = (0, 0);
        for (int i = 0; i < before.Length; i++)
        {
            Chunk chunk = before[i];
            for ((int at, int number) = (0, 0); at < chunk.Used; number++)
            {
                Span<byte> entry = chunk.EntryAt(at);
                if (entry[0] != Gone)
                {
                    uint place = Append(entry, chunk.Expiries[number]);
                    _index.Replace(SerialIndex.Hash(SerialOf(entry)), PlaceOf(i, at), place);
                }

                at += entry.Length;
            }

            before[i] = null!;
        }
    }

    private Span<byte> EntryAt(uint place) => _chunks[(int)(place >> ChunkBits)].EntryAt((int)(place & (ChunkLength - 1)));

    private static uint PlaceOf(int chunk, int at) => ((uint)chunk << ChunkBits) | (uint)at;

    /// <summary>The serial number is the first field of an entry; one of more than 127 octets is none.</summary>
    private static ReadOnlySpan<byte> SerialOf(ReadOnlySpan<byte> entry)
    {
        ReadOnlySpan<byte> fields = entry[Chunk.HeaderLengthOf(entry)..];
        Debug.Assert(fields[0] == DerTag.Integer && fields[1] < 0x80, "An entry begins with its serial number.");
        return fields.Slice(2, fields[1]);
    }

    /// <summary>Up to a megabyte of entries. The first has no more room than they need: there may be many short CRLs.</summary>
    private sealed class Chunk(bool isFirst)
    {
        private const int UsualEntryLength = 48;

        private byte[] _bytes = isFirst ? new byte[ChunkLength / 1024] : GC.AllocateUninitializedArray<byte>(ChunkLength);

        public int Used { get; private set; }

        public bool HasGaps { get; set; }

        /// <summary>Of each entry, gaps included.</summary>
        public List<ExpiryTime> Expiries { get; } = new(isFirst ? 0 : ChunkLength / UsualEntryLength);

        /// <summary>No certificate expires before.</summary>
        public ExpiryTime FirstExpiry { get; set; } = ExpiryTime.Never;

        public IEnumerable<ReadOnlyMemory<byte>> Runs => HasGaps ? FindRuns() : [_bytes.AsMemory(0, Used)];

        public int Append(ReadOnlySpan<byte> entry, ExpiryTime notAfter)
        {
            int at = Used;
            if (Used + entry.Length > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Min(ChunkLength, Math.Max(2 * _bytes.Length, (int)BitOperations.RoundUpToPowerOf2((uint)(Used + entry.Length)))));
            }

            entry.CopyTo(_bytes.AsSpan(at));
            Used += entry.Length;
            Expiries.Add(notAfter);
            FirstExpiry = notAfter < FirstExpiry ? notAfter : FirstExpiry;
            return at;
        }

        public Span<byte> EntryAt(int at)
        {
            Span<byte> rest = _bytes.AsSpan(at);
            int headerLength = HeaderLengthOf(rest);
            int contents = headerLength switch
            {
                2 => rest[1],
                3 => rest[2],
                _ => (rest[2] << 8) | rest[3],
            };
            return rest[..(headerLength + contents)];
        }

        public ReadOnlyMemory<byte> MemoryAt(int at) => _bytes.AsMemory(at, EntryAt(at).Length);

        /// <summary>Of the header of an entry of at most 64 KiB.</summary>
        public static int HeaderLengthOf(ReadOnlySpan<byte> entry) => entry[1] < 0x80 ? 2 : 2 + (entry[1] & 0x7F);

        private IEnumerable<ReadOnlyMemory<byte>> FindRuns()
        {
            for (int start = 0; start < Used;)
            {
                int length = EntryAt(start).Length;
                if (_bytes[start] == Gone)
                {
                    start += length;
                    continue;
                }

                int end = start + length;
                while (end < Used && _bytes[end] != Gone)
                {
                    end += EntryAt(end).Length;
                }

                yield return _bytes.AsMemory(start..end);
                start = end;
            }
        }
    }

    /// <summary>Says something of two entries.</summary>
    public delegate bool EntryComparison(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other);
}

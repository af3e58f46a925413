using System.Diagnostics;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.Storage.TableTesting;

namespace PkiCore.Tests.Serving.Storage;

/// <summary>Readers beside a writer that does everything that moves records, in small segments, so that slots are soon used again.</summary>
public sealed class TableConcurrencyTests
{
    private const int Readers = 4; // more than processors: then the system stops them in the middle of a reading
    private const int Kept = 40;
    private const int Coming = 400;
    private const int SignatureCount = 2;
    private const int Period = 10_000;

    private static readonly int[] s_lengths = [64, 96, 256];
    private static readonly DateTimeOffset s_expired = Start.AddDays(-1);

    private readonly CertificateTable _table = new(SignatureCount, segmentBits: 3);
    private readonly long[] _versions = new long[Kept]; // what the writer has published, before it begins the next

    [Fact]
    public async Task A_certificate_that_is_there_is_always_found_whole_and_never_older_than_it_was()
    {
        for (int number = 0; number < Kept; number++)
        {
            Change(number, 0);
        }

        using var done = new CancellationTokenSource();
        Task<long>[] readers = [.. Enumerable.Range(0, Readers).Select(seed => Task.Factory.StartNew(() => ReadAll(seed, done.Token), done.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task<long> byslot = Task.Factory.StartNew(() => ReadSlots(done.Token), done.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        long changes = Churn(readers);

        await done.CancelAsync();
        Assert.All(await Task.WhenAll([.. readers, byslot]), count => Assert.True(count > 0));
        Assert.True(changes > 100);
        Assert.Equal(Kept, _table.RevokedCount);
    }

    private long Churn(Task[] readers)
    {
        var random = new Random(1);
        long begunAt = Stopwatch.GetTimestamp();
        long version = 1;
        for (; Stopwatch.GetElapsedTime(begunAt) < StressTime && !readers.Any(reader => reader.IsFaulted); version++)
        {
            Change(random.Next(Kept), version);
            int coming = Kept + random.Next(Coming);
            _table.Apply(Good(coming, s_expired), out _);
            if (version % 3000 == 0)
            {
                _table.SetSignatureLength(s_lengths[random.Next(s_lengths.Length)]);
            }

            if (version % 500 == 0)
            {
                RemoveAll();
            }
        }

        return version;
    }

    /// <summary>Removes all that come and go, in one of two ways.</summary>
    private void RemoveAll()
    {
        uint first = 0;
        do
        {
            _table.RemoveExpired(Start, ref first, 64);
        }
        while (first != 0);
        Assert.Equal(Kept, _table.Count);
    }

    /// <summary>Every octet of the signatures, and the revocation time, tell the version.</summary>
    private void Change(int number, long version)
    {
        // Odd versions are rare statuses.
        long seconds = version % Period;
        DateTimeOffset since = version % 2 == 0 ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : DateTimeOffset.UnixEpoch.AddSeconds(-seconds);
        _table.Apply(Held(number, since), out _);
        int length = _table.SignatureLength;
        SigningBatch batch = Batch(length);
        Assert.True(_table.TryPublish(_table.Read(number).Place, batch, Signatures(batch, SignatureCount, OctetOf(number, seconds))));
        Volatile.Write(ref _versions[number], version);
    }

    private static byte OctetOf(int number, long seconds) => (byte)((number * 31) + seconds);

    private long ReadAll(int seed, CancellationToken done)
    {
        var random = new Random(seed);
        byte[] buffer = new byte[ResponderIdentity.MaxSignatureLength];
        long count = 0;
        for (; !done.IsCancellationRequested || count == 0; count++)
        {
            int number = random.Next(Kept);
            SerialNumber serial = Serial(number);
            long before = Volatile.Read(ref _versions[number]);
            if (!_table.TryRead(_table.BeginRead(serial), random.Next(SignatureCount), buffer, out CertificateRecord record))
            {
                Assert.Fail($"certificate {number} was not found");
            }

            if (record.Change == uint.MaxValue)
            {
                continue; // changed each time
            }

            Check(number, in record, buffer);
            CheckAge(number, in record, before);
        }

        return count;
    }

    private static void Check(int number, in CertificateRecord record, byte[] buffer)
    {
        if (record.Status is not { IsOnHold: true, RevocationTime: { } since })
        {
            throw new InvalidOperationException($"certificate {number} is {record.Status}");
        }

        byte octet = OctetOf(number, Math.Abs(since.ToUnixTimeSeconds()));
        bool isWhole = record.Batch is null ? record.SignatureLength == 0
            : record.SignatureLength == record.Batch.SignatureForm.Length && buffer.AsSpan(0, record.SignatureLength).IndexOfAnyExcept(octet) < 0;
        if (!isWhole)
        {
            throw new InvalidOperationException($"the signature of certificate {number} is another's");
        }
    }

    /// <summary>Once a change has been applied, what was before is not read any more.</summary>
    private void CheckAge(int number, in CertificateRecord record, long before)
    {
        long after = Volatile.Read(ref _versions[number]);
        long seconds = Math.Abs(record.Status.RevocationTime!.Value.ToUnixTimeSeconds());
        bool wasStill = after == before && record.Batch is not null; // else the next change is under way
        if (seconds < before % Period && before % Period < Period / 2 && wasStill)
        {
            throw new InvalidOperationException($"certificate {number}: {seconds} after {before % Period}");
        }
    }

    private long ReadSlots(CancellationToken done)
    {
        var known = Enumerable.Range(0, Kept + Coming).ToDictionary(number => Serial(number));
        long count = 0;
        for (uint slot = 0; !done.IsCancellationRequested || count == 0; slot = (slot + 1) % 4096)
        {
            if (_table.TryRead(slot, out SerialNumber serial, out CertificateRecord record))
            {
                int number = known[serial];
                bool isRight = number < Kept ? record.Status.IsOnHold : record.Status == CertificateStatus.Good && record.HasExpired(Start);
                count += isRight ? 1 : throw new InvalidOperationException($"certificate {number} is {record.Status}");
            }
        }

        return count;
    }
}

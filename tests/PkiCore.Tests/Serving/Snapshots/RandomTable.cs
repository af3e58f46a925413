using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>A table with small segments to which everything happens that can happen to one. Signatures are made up: a function of what they are for.</summary>
internal sealed class RandomTable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const int SignatureCount = 2;
    private const int MaxSerials = 3000;

    private readonly List<SerialNumber> _serials = [];
    private readonly Random _random;
    private SigningBatch? _batch;
    private int _signatureLength = 64;
    private int _batches;

    public RandomTable(int seed, int segmentBits = 5)
    {
        _random = new Random(seed);
        Table = new CertificateTable(SignatureCount, segmentBits);
    }

    /// <summary>Goes on with another table as the first would, if its random numbers are these.</summary>
    public RandomTable(CertificateTable table, RandomTable other, int seed)
    {
        _random = new Random(seed);
        (Table, _signatureLength, _batches) = (table, other._signatureLength, other._batches);
        _serials.AddRange(other._serials);
    }

    public CertificateTable Table { get; }

    public int SignatureLength => _signatureLength;

    /// <summary>All that a table holds, by serial number; every signature is held against what it should be.</summary>
    public static SortedDictionary<string, string> Dump(CertificateTable table)
    {
        var dump = new SortedDictionary<string, string>(StringComparer.Ordinal);
        // While a picture is held no slot is used again: a quick writer comes to high numbers.
        for (uint slot = 0; slot < 1 << 14 || (dump.Count < table.Count && slot < 1 << 22); slot++)
        {
            if (table.TryRead(slot, out SerialNumber serial, out _))
            {
                Assert.True(dump.TryAdd(serial.ToString(), Describe(table, serial)), $"{serial} is there twice");
            }
        }

        Assert.Equal(table.Count, dump.Count);
        return dump;
    }

    /// <summary>What is told of the table as a whole.</summary>
    public static string Summarize(CertificateTable table) => string.Join(
        ' ', table.Count, table.RevokedCount, table.WaitingCount, table.LastChange, table.CountDue(Start.AddDays(2)), table.CountUsable(Start.AddDays(3)), table.FindOldestBatch()?.ProducedAt);

    /// <summary>Begins another batch: with another number, as every batch is of one table alone.</summary>
    public void BeginBatch(DateTimeOffset? refreshAt = null)
    {
        DateTimeOffset producedAt = Start.AddMinutes(++_batches);
        var form = new StoredSignature(_signatureLength, IsPair: _signatureLength < 256);
        var template = new OcspResponseTemplate([4, 0], producedAt, producedAt, producedAt.AddDays(4), SignatureAlgorithm.EcdsaWithSha256, []);
        _batch = new SigningBatch(
            SigningBatch.NextNumber(), template, form, Table.LastChange, producedAt, producedAt, producedAt.AddDays(4), refreshAt ?? producedAt.AddDays(1 + (_batches % 3)), $"batch-{_batches}");
    }

    public void Churn(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            switch (_random.Next(100))
            {
                case < 30 when _serials.Count < MaxSerials:
                    Add();
                    break;
                case < 45 when _serials.Count > 0:
                    Change(_serials[_random.Next(_serials.Count)]);
                    break;
                case < 90 when _serials.Count > 0:
                    Sign(_serials[_random.Next(_serials.Count)]);
                    break;
                case < 93 when _serials.Count > 0:
                    SetAside(_serials[_random.Next(_serials.Count)]);
                    break;
                case < 94:
                    uint first = 0;
                    Table.RemoveExpired(Start.AddSeconds(-_random.Next(1, 100)), ref first, 1 << 16);
                    break;
                case < 96:
                    Table.BeginChanges();
                    break;
                case 99 when _random.Next(5) == 0:
                    Switch();
                    break;
                default:
                    BeginBatch();
                    break;
            }
        }
    }

    /// <summary>Another signer, with another length of signatures.</summary>
    public void Switch()
    {
        _signatureLength = _signatureLength switch { 64 => 96, 96 => 256, _ => 64 };
        Table.SetSignatureLength(_signatureLength);
        BeginBatch();
    }

    public void Add()
    {
        byte[] octets = new byte[_random.Next(1, 21)];
        _random.NextBytes(octets);
        octets = octets.Length == 20 && octets[0] > 127 ? [0, .. octets] : [(byte)(1 + (octets[0] % 127)), .. octets[1..]];
        Assert.True(SerialNumber.TryCreate(octets, out SerialNumber serial));
        _serials.Add(serial);
        Change(serial);
    }

    public void Change(SerialNumber serial)
    {
        DateTimeOffset at = Start.AddSeconds(-_random.Next(1, 1_000_000));
        CertificateStatus status = _random.Next(8) switch
        {
            0 => new CertificateStatus(at, X509RevocationReason.KeyCompromise),
            1 => new CertificateStatus(at, X509RevocationReason.CertificateHold),
            2 => new CertificateStatus(at, X509RevocationReason.CertificateHold, at.AddDays(-1)), // rare
            3 => new CertificateStatus(at.AddYears(-100), X509RevocationReason.CertificateHold), // rare
            _ => CertificateStatus.Good,
        };
        DateTimeOffset notAfter = _random.Next(6) switch { 0 => Start.AddSeconds(-_random.Next(100)), 1 => DateTimeOffset.MaxValue, _ => Start.AddDays(_random.Next(10, 1000)) };
        Table.Apply(new StatusChange(serial, status, notAfter), out _);
    }

    public void Sign(SerialNumber serial)
    {
        if (Table.TryRead(in serial, out CertificateRecord record))
        {
            Publish(serial, record.Place);
        }
    }

    public bool Publish(SerialNumber serial, RecordPlace place)
    {
        if (_batch is null)
        {
            BeginBatch();
        }

        byte[] signatures = [.. Enumerable.Range(0, SignatureCount).SelectMany(index => SignatureOf(serial, _batch!, index))];
        return Table.TryPublish(place, _batch!, signatures);
    }

    private void SetAside(SerialNumber serial)
    {
        if (Table.TryRead(in serial, out CertificateRecord record))
        {
            Table.SetAside(record.Place);
        }
    }

    private static string Describe(CertificateTable table, SerialNumber serial)
    {
        byte[] signature = new byte[ResponderIdentity.MaxSignatureLength];
        Assert.True(table.TryRead(in serial, out CertificateRecord record), $"{serial} is not found by its number");
        for (int index = 0; index < SignatureCount && record.Batch is not null; index++)
        {
            Assert.True(table.TryRead(table.BeginRead(serial), index, signature, out CertificateRecord signed));
            Assert.Equal(SignatureOf(serial, signed.Batch!, index), signature[..signed.SignatureLength]);
        }

        return $"{record.Status} {record.NotAfter} {record.Change} {record.Batch?.Id} {record.Batch?.RefreshAt}";
    }

    private static byte[] SignatureOf(SerialNumber serial, SigningBatch batch, int index)
    {
        byte[] signature = new byte[batch.SignatureForm.Length];
        new Random(BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{serial} {batch.Id} {index}")))).NextBytes(signature);
        return signature;
    }
}

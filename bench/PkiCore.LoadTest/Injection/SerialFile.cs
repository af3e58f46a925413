using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.LoadTest.Injection;

/// <summary>Reads the serial numbers that are asked for.</summary>
internal static class SerialFile
{
    /// <summary>Reads a file with a serial number in hexadecimal on each line; blank lines and comments (#) are passed over.</summary>
    /// <exception cref="InvalidDataException">A line is something else.</exception>
    public static IEnumerable<SerialNumber> ReadList(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            ReadOnlySpan<char> text = line.AsSpan().Trim();
            if (text is [] or ['#', ..])
            {
                continue;
            }

            yield return SerialNumber.TryParse(text, out SerialNumber serial) ? serial
                : throw new InvalidDataException($"{path}: line {number} is no serial number in hexadecimal.");
        }
    }

    /// <summary>Reads the certificates of an <c>openssl ca</c> index, revoked ones too, that have not expired: responders need not answer for those.</summary>
    /// <exception cref="InvalidDataException">The index cannot be read.</exception>
    public static async Task<List<SerialNumber>> ReadIndexAsync(string path, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var serials = new List<SerialNumber>();
        DateTimeOffset now = timeProvider.GetUtcNow();
        await foreach (StatusBatch batch in new OpenSslIndexSource(path, timeProvider).ReadAsync(default, cancellationToken))
        {
            if (batch.Verdict != StatusVerdict.Current)
            {
                throw new InvalidDataException(batch.Problem);
            }

            serials.AddRange(batch.Changes.Where(change => change.NotAfter > now).Select(change => change.Serial));
            if (batch.Kind == StatusBatchKind.CompleteStateEnd)
            {
                break;
            }
        }

        return serials;
    }

    /// <summary>Brings certificates into an order drawn by the seed: the first ones of a file are not the popular ones.</summary>
    public static void Shuffle<T>(Span<T> certificates, int seed)
    {
        var random = new SplitMix64((ulong)seed, ulong.MaxValue);
        for (int i = certificates.Length - 1; i > 0; i--)
        {
            int other = random.Next(i + 1);
            (certificates[i], certificates[other]) = (certificates[other], certificates[i]);
        }
    }
}

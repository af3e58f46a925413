using System.Diagnostics;
using System.Net.Sockets;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>Clients that send several requests in one write, and the next ones before all are answered: their connections are never out of work.</summary>
/// <param name="surroundings">What is disturbed.</param>
/// <param name="serials">The certificates that are asked for.</param>
/// <param name="isKnown">Whether the host knows them; of others it has to say <c>unauthorized</c>.</param>
internal sealed class Pipelining(Surroundings surroundings, SerialNumber[] serials, bool isKnown) : IDisturbance
{
    private const int Clients = 4;
    private const int Batch = 32;
    private const int MostInFlight = 2 * Batch;
    private const int LeastHitsPerSecond = 1_000;
    private const int BufferLength = 128 * 1024;

    private const int UnknownSerials = 10_000;

    private static readonly byte[] s_unauthorized = [0x30, 0x03, 0x0A, 0x01, 0x06]; // RFC 6960 4.2.1

    private readonly List<Beside> _running = [];
    private long _begun;
    private long _answers;

    /// <summary>Requests for certificates that there are.</summary>
    public static Pipelining Hits(Surroundings surroundings) => new(surroundings, surroundings.Host.Serials, isKnown: true);

    /// <summary>Requests for certificates that the CA has not issued.</summary>
    public static Pipelining Unknown(Surroundings surroundings) => new(surroundings, MadeUpSerials.Unknown(UnknownSerials), isKnown: false);

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        byte[][] blocks = WriteRequests();
        for (int i = 0; i < Clients; i++)
        {
            int first = i * blocks.Length / Clients;
            _running.Add(new Beside(stop => Run(blocks, first, stop)));
        }

        await Eventually.HoldsAsync("requests are answered", () => Interlocked.Read(ref _answers) >= Clients * MostInFlight, cancellationToken);
        (_answers, _begun) = (0, Stopwatch.GetTimestamp());
    }

    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        double perSecond = Interlocked.Read(ref _answers) / Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        foreach (Beside client in _running)
        {
            await client.EndAsync();
        }

        double least = isKnown ? LeastHitsPerSecond : surroundings.Hits.Rate; // a flood is more than what it comes beside
        least = surroundings.Settings.IsQuick ? surroundings.Settings.LeastDone * least : least;
        DisturbanceException.ThrowUnless(perSecond >= least, $"Only {perSecond:0} pipelined requests were answered each second.");
        return new Dictionary<string, double>(StringComparer.Ordinal) { [isKnown ? "pipelined answers per second" : "unknown serials answered per second"] = perSecond };
    }

    public void Dispose() => _running.ForEach(client => client.Dispose());

    /// <summary>One write after the other, until each certificate has been asked for: what is asked for again and again would stay in the processor's caches.</summary>
    private byte[][] WriteRequests()
    {
        var templates = new RequestTemplates(surroundings.Host.Process.Url, surroundings.Host.Issuer, CertIdHash.Sha1);
        byte[] requests = new byte[Batch * templates.MaxLength];
        byte[][] blocks = new byte[(serials.Length + Batch - 1) / Batch][];
        for (int block = 0; block < blocks.Length; block++)
        {
            int length = 0;
            for (int i = 0; i < Batch; i++)
            {
                length += templates.WriteGet(serials[((block * Batch) + i) % serials.Length], requests.AsSpan(length));
            }

            blocks[block] = requests[..length];
        }

        return blocks;
    }

    private void Run(byte[][] blocks, int first, CancellationToken stop)
    {
        Native.GiveWay(); // hits are sent from the same processor, and must not be late because of this
        using Socket socket = PlainConnection.Open(surroundings.Host.Process.Url);
        byte[] buffer = new byte[BufferLength];
        int filled = 0;
        int next = first;
        for (int inFlight = 0; inFlight > 0 || !stop.IsCancellationRequested;)
        {
            for (; inFlight <= MostInFlight - Batch && !stop.IsCancellationRequested; inFlight += Batch)
            {
                socket.Send(blocks[next]);
                next = (next + 1) % blocks.Length;
            }

            if (inFlight == 0)
            {
                return;
            }

            int read = socket.Receive(buffer.AsSpan(filled));
            filled += read;
            int answered = TakeAnswers(buffer, ref filled);
            DisturbanceException.ThrowUnless(read > 0, "The host closed a connection with pipelined requests.");
            inFlight -= answered;
            Interlocked.Add(ref _answers, answered);
        }
    }

    /// <summary>Counts the complete answers and moves what is left to the beginning.</summary>
    private int TakeAnswers(byte[] buffer, ref int filled)
    {
        int answered = 0;
        int next = 0;
        while (true)
        {
            bool isReply = HttpReplyHead.TryParse(buffer.AsSpan(next, filled - next), out HttpReplyHead head);
            DisturbanceException.ThrowUnless(isReply && (head.Length == 0 || head.Status == Counters.HttpOk), "A pipelined request was not answered by 200.");
            int length = head.Length + head.ContentLength;
            if (head.Length == 0 || next + length > filled)
            {
                buffer.AsSpan(next, filled - next).CopyTo(buffer);
                filled -= next;
                return answered;
            }

            bool isUnauthorized = buffer.AsSpan(next + head.Length, head.ContentLength).SequenceEqual(s_unauthorized);
            DisturbanceException.ThrowUnless(isUnauthorized != isKnown, isKnown ? "A pipelined request for a certificate was answered 'unauthorized'." : "A request for an unknown serial number was not answered 'unauthorized'.");
            next += length;
            answered++;
        }
    }
}

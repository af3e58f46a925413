using PkiCore.Ocsp;

namespace PkiCore.LoadTest.Injection;

/// <summary>How a request can fail before there is an answer.</summary>
internal enum RequestFault
{
    /// <summary>No connection was free until the timeout.</summary>
    NotSent,

    /// <summary>There was no complete answer until the timeout.</summary>
    Timeout,

    /// <summary>The connection ended, or what came was no HTTP/1.1.</summary>
    ConnectionLost,
}

/// <summary>What one sender thread counts. Others may read meanwhile: every field is written by that thread alone.</summary>
internal sealed class Counters
{
    public const int HttpOk = 200;

    /// <summary>From the time a request was due to its answer, or to the end of its patience.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>From the time it was sent: what a client sees that sends when it can. It hides the waiting of the requests that were due meanwhile.</summary>
    public LatencyHistogram FromSent { get; } = new();

    /// <summary>How late this program sent what it could have sent.</summary>
    public LatencyHistogram OwnLateness { get; } = new();

    /// <summary>Requests that were due while no connection was free.</summary>
    public long Waited { get; set; }

    /// <summary>Answers with the status successful.</summary>
    public long Successful { get; set; }

    /// <summary>Answers that have the nonce of their request.</summary>
    public long NoncesAnswered { get; set; }

    /// <summary>Answers of any kind, those that do not count included.</summary>
    public long AllAnswers { get; set; }

    public long ConnectFailures { get; set; }

    public string? LastConnectFault { get; set; }

    public long BytesSent { get; set; }

    public long BytesReceived { get; set; }

    /// <summary>When the last answer that counts came, in nanoseconds after the start.</summary>
    public long LastAnswer { get; set; }

    /// <summary>How long the thread had nothing to do, while it measured; in nanoseconds.</summary>
    public long Idle { get; set; }

    /// <summary>How long it measured.</summary>
    public long Elapsed { get; set; }

    /// <summary>What this thread allocated between the first and the last request that counts.</summary>
    public long Allocated { get; set; }

    /// <summary>Some answer.</summary>
    public byte[]? Sample { get; set; }

    public long[] Faults { get; } = new long[Enum.GetValues<RequestFault>().Length];

    /// <summary>By status code.</summary>
    public long[] Http { get; } = new long[1000];

    /// <summary>By status; the last place is for what is no OCSP response.</summary>
    public long[] Ocsp { get; } = new long[(int)OcspResponseStatus.Unauthorized + 2];

    /// <summary>Everything that went wrong, by name, without the names of what did not.</summary>
    public IEnumerable<(string Name, long Count)> Errors =>
        new[] { ("connect", ConnectFailures) }
            .Concat(Enum.GetValues<RequestFault>().Select(fault => (Name(fault), Faults[(int)fault])))
            .Concat(Http.Select((count, status) => ($"HTTP {status}", status == HttpOk ? 0 : count)))
            .Concat(Ocsp.Select((count, status) => (Enum.IsDefined((OcspResponseStatus)status) ? $"OCSP {Name((OcspResponseStatus)status)}" : "no OCSP response", status == 0 ? 0 : count)))
            .Where(error => error.Item2 > 0);

    public void Add(Counters other)
    {
        Latency.Add(other.Latency);
        FromSent.Add(other.FromSent);
        OwnLateness.Add(other.OwnLateness);
        Waited += other.Waited;
        Successful += other.Successful;
        NoncesAnswered += other.NoncesAnswered;
        AllAnswers += other.AllAnswers;
        ConnectFailures += other.ConnectFailures;
        LastConnectFault ??= other.LastConnectFault;
        BytesSent += other.BytesSent;
        BytesReceived += other.BytesReceived;
        LastAnswer = Math.Max(LastAnswer, other.LastAnswer);
        Idle += other.Idle;
        Elapsed += other.Elapsed;
        Allocated += other.Allocated;
        Sample ??= other.Sample;
        AddEach(Faults, other.Faults);
        AddEach(Http, other.Http);
        AddEach(Ocsp, other.Ocsp);
    }

    /// <summary>Counts an answer.</summary>
    /// <returns>Whether it is an OCSP response with the status successful.</returns>
    public bool CountAnswer(int httpStatus, ReadOnlySpan<byte> body)
    {
        Http[httpStatus]++;
        if (httpStatus != HttpOk)
        {
            return false;
        }

        int status = ReadStatus(body);
        Ocsp[status]++;
        Successful += status == 0 ? 1 : 0;
        return status == 0;
    }

    /// <summary>OCSPResponse (RFC 6960 4.2.1): a SEQUENCE that begins with an ENUMERATED of one octet. Only every n-th is looked at more closely.</summary>
    private int ReadStatus(ReadOnlySpan<byte> body)
    {
        int start = body is [0x30, > 0x80 and < 0x84, ..] ? 2 + (body[1] & 0x7F) : 2;
        bool isResponse = body.Length >= start + 3 && body[0] == 0x30 && body[start] == 0x0A && body[start + 1] == 1 && body[start + 2] < Ocsp.Length - 1;
        return isResponse ? body[start + 2] : Ocsp.Length - 1;
    }

    private static void AddEach(long[] sum, long[] other)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += other[i];
        }
    }

    private static string Name(RequestFault fault) => fault switch
    {
        RequestFault.NotSent => "timeout before sending",
        RequestFault.Timeout => "timeout",
        _ => "connection lost",
    };

    /// <summary>As RFC 6960 writes it.</summary>
    private static string Name(OcspResponseStatus status) => char.ToLowerInvariant(status.ToString()[0]) + status.ToString()[1..];
}

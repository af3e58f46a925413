using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.LoadTest.Injection;

/// <summary>
/// Verifies answers on a thread of its own, so that senders only copy them; and not before the end, or half of its queue is full, for it may share a
/// processor with a sender that never sleeps and would then have to wait for it. The queue is bounded: what finds it full is counted as not verified.
/// </summary>
internal sealed class AnswerVerifier : IDisposable
{
    private const int MaxWaiting = 16 * 1024;
    private const int OrdinaryLength = 1024;

    private readonly Issuer _issuer;
    private readonly CertIdHash _hash;
    private readonly TimeProvider _timeProvider;
    private readonly object _lock = new();
    private readonly Queue<Answer> _waiting = new(MaxWaiting);
    private readonly Stack<Answer> _free = new(MaxWaiting);
    private readonly Dictionary<string, long> _faults = [];
    private readonly Thread _thread;
    private bool _isEnding;

    public AnswerVerifier(Issuer issuer, CertIdHash hash, TimeProvider timeProvider)
    {
        (_issuer, _hash, _timeProvider) = (issuer, hash, timeProvider);
        for (int i = 0; i < MaxWaiting; i++)
        {
            _free.Push(new Answer());
        }

        _thread = new Thread(Run) { Name = "verifier", IsBackground = true };
        _thread.Start();
    }

    /// <summary>How many answers were verified, whatever came of it.</summary>
    public long Verified { get; private set; }

    /// <summary>How many were not because too many waited.</summary>
    public long Skipped { get; private set; }

    /// <summary>What did not verify, by kind. Final after <see cref="Finish"/>.</summary>
    public IReadOnlyDictionary<string, long> Faults => _faults;

    /// <summary>Takes a copy of an answer.</summary>
    public void Add(ReadOnlySpan<byte> body, in SerialNumber serial)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out Answer? answer))
            {
                Skipped++;
                return;
            }

            answer.Set(body, serial, _timeProvider.GetUtcNow());
            _waiting.Enqueue(answer);
            if (_waiting.Count > MaxWaiting / 2)
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    /// <summary>Waits until all that was added is verified.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            _isEnding = true;
            Monitor.Pulse(_lock);
        }

        _thread.Join();
    }

    public void Dispose() => Finish();

    /// <summary>What is wrong with an answer for a certificate.</summary>
    /// <returns><see langword="null"/> when nothing is.</returns>
    internal static string? FindFault(ReadOnlySpan<byte> body, Issuer issuer, CertIdHash hash, in SerialNumber serial, DateTimeOffset time)
    {
        if (OcspResponse.Parse(body) is not { } response)
        {
            return "not well-formed";
        }

        OcspVerificationResult result = OcspResponseVerifier.Verify(response, issuer, time);
        if (result != OcspVerificationResult.Valid)
        {
            return result.ToString();
        }

        return response.Responses is not [{ } single] ? "several certificates"
            : single.Hash != hash ? "other CertID hash"
            : !SerialNumber.TryCreate(single.SerialNumber.Span, out SerialNumber answered) || answered != serial ? "other serial number"
            : null;
    }

    private void Run()
    {
        while (true)
        {
            Answer? answer;
            lock (_lock)
            {
                while (!_isEnding && _waiting.Count <= MaxWaiting / 2)
                {
                    Monitor.Wait(_lock);
                }

                if (!_waiting.TryDequeue(out answer))
                {
                    return;
                }
            }

            if (FindFault(answer.Body, _issuer, _hash, answer.Serial, answer.Time) is { } fault)
            {
                _faults[fault] = _faults.GetValueOrDefault(fault) + 1;
            }

            Verified++;
            lock (_lock)
            {
                _free.Push(answer);
            }
        }
    }

    private sealed class Answer
    {
        private byte[] _body = new byte[OrdinaryLength];
        private int _length;

        public SerialNumber Serial { get; private set; }

        /// <summary>When it came.</summary>
        public DateTimeOffset Time { get; private set; }

        public ReadOnlySpan<byte> Body => _body.AsSpan(0, _length);

        public void Set(ReadOnlySpan<byte> body, in SerialNumber serial, DateTimeOffset time)
        {
            _body = body.Length <= _body.Length ? _body : new byte[body.Length];
            body.CopyTo(_body);
            (_length, Serial, Time) = (body.Length, serial, time);
        }
    }
}

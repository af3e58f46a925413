using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>One try to find a token and log in; the first thread makes it, the others wait for it.</summary>
internal sealed class ConnectAttempt(long startedAt)
{
    private readonly object _monitor = new();
    private TokenLink? _link;
    private SigningException? _fault;

    public long StartedAt { get; } = startedAt;

    public bool IsOver => Volatile.Read(ref _fault) is not null;

    /// <param name="link">The token; <see langword="null"/> when the attempt failed.</param>
    /// <param name="fault">Why it failed, if it did.</param>
    public void End(TokenLink? link, SigningException fault)
    {
        lock (_monitor)
        {
            _link = link;
            _fault = fault;
            Monitor.PulseAll(_monitor);
        }
    }

    /// <exception cref="SigningException">It failed, or is not over in time.</exception>
    public TokenLink GetResult(TimeSpan timeout, string name)
    {
        timeout = timeout < TimeSpan.FromDays(1) ? timeout : TimeSpan.FromDays(1); // a monitor takes no more than a month
        lock (_monitor)
        {
            bool isOver = _fault is not null || (timeout > TimeSpan.Zero && Monitor.Wait(_monitor, timeout) && _fault is not null);
            return !isOver ? throw new SigningException($"{name}: finding the token and logging in does not end.") { IsTransient = true }
                : _link ?? throw new SigningException(_fault!.Message, _fault) { IsTransient = _fault.IsTransient, ErrorCode = _fault.ErrorCode };
        }
    }
}

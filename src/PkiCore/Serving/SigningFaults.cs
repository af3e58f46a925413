using Microsoft.Extensions.Logging;

namespace PkiCore.Serving;

/// <summary>What keeps an issuer's signer from signing, as far as its signatures tell.</summary>
internal sealed class SigningFaults(ServedIssuer issuer, TimeProvider timeProvider, ResponderMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private volatile string? _problem = "no signer";
    private long _loggedAt = long.MinValue;
    private long _failedAt;

    /// <summary>What is wrong; <see langword="null"/> when nothing is.</summary>
    public string? Problem
    {
        get => _problem;
        set => _problem = value;
    }

    /// <summary>Whether nothing has failed for a minute.</summary>
    public bool IsQuiet => timeProvider.GetElapsedTime(Volatile.Read(ref _failedAt)) >= s_interval;

    public void Succeeded()
    {
        if (_problem is not null)
        {
            _problem = null;
        }
    }

    /// <summary>Takes note of a signature that was not made. Requests can bring this about, so the log hears of it once a minute.</summary>
    public void Failed(Exception fault)
    {
        metrics.SigningFailed();
        _problem = fault.Message;
        long now = timeProvider.GetTimestamp();
        Volatile.Write(ref _failedAt, now);
        long before = Volatile.Read(ref _loggedAt);
        if ((before == long.MinValue || timeProvider.GetElapsedTime(before, now) >= s_interval)
            && Interlocked.CompareExchange(ref _loggedAt, now, before) == before)
        {
            Log.SigningFailed(logger, issuer.Name, fault);
        }
    }
}

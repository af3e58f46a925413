using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>One try to open a key, on a thread of its own: a module may not come back from a call. Safe for use from several threads.</summary>
internal sealed class KeyOpening
{
    /// <summary>A login at an HSM may take seconds; the library itself waits 10 s for one.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);

    private readonly object _monitor = new();
    private readonly string _uri;
    private long _since = Stopwatch.GetTimestamp();
    private bool _isAsking;
    private bool _isOver;
    private bool _isGivenUp;
    private Pkcs11Signer? _signer;
    private Exception? _fault;

    private KeyOpening(string uri) => _uri = uri;

    /// <summary>Whether somebody has typed a PIN.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Whether it was given up, and its thread has not come back.</summary>
    public bool IsHanging
    {
        get
        {
            lock (_monitor)
            {
                return _isGivenUp && !_isOver;
            }
        }
    }

    /// <summary>Why a key is not used whose opening hangs.</summary>
    public static string DescribeHang(string uri) => FormattableString.Invariant($"'{uri}' does not answer within {s_limit.TotalSeconds} s; it is tried again when the call has come back.");

    public static KeyOpening Start(string uri, X509Certificate2? certificate, SignatureAlgorithm? algorithm, Pkcs11Options options, bool mayAsk)
    {
        var opening = new KeyOpening(uri);
        options = mayAsk ? options with { PinPrompt = opening.Ask } : options;
        if (!BackgroundThread.TryStart("PkiCore key", () => opening.Run(certificate, algorithm, options)))
        {
            opening.End(signer: null, new SigningException($"'{uri}': the system has no thread left to open it; it is tried again.") { IsTransient = true });
        }

        return opening;
    }

    /// <summary>Waits for the signer. The time in which a person types a PIN does not count.</summary>
    /// <param name="signer">The signer; the caller owns it.</param>
    /// <param name="fault">Why there is none; <see langword="null"/> when it does not end in time. Should it end later, its signer is disposed.</param>
    public void Wait(out Pkcs11Signer? signer, out Exception? fault)
    {
        lock (_monitor)
        {
            while (!_isOver && s_limit - Stopwatch.GetElapsedTime(_since) is var left && (_isAsking || left > TimeSpan.Zero))
            {
                Monitor.Wait(_monitor, _isAsking ? Timeout.InfiniteTimeSpan : left);
            }

            _isGivenUp = !_isOver;
            signer = _signer;
            fault = _fault;
        }
    }

    private void Run(X509Certificate2? certificate, SignatureAlgorithm? algorithm, Pkcs11Options options)
    {
        try
        {
            End(Pkcs11Signer.Open(_uri, certificate, algorithm, options), fault: null);
        }
#pragma warning disable CA1031 // Whatever it is, the thread that waits judges it
        catch (Exception e)
#pragma warning restore CA1031
        {
            End(signer: null, e);
        }
    }

    private void End(Pkcs11Signer? signer, Exception? fault)
    {
        if (!TryEnd(signer, fault))
        {
            signer?.Dispose();
            lock (_monitor)
            {
                _isOver = true; // not sooner: the next try must not meet what this one leaves
            }
        }
    }

    /// <returns><see langword="false"/> when nobody waits any more.</returns>
    private bool TryEnd(Pkcs11Signer? signer, Exception? fault)
    {
        lock (_monitor)
        {
            if (_isGivenUp)
            {
                return false;
            }

            _signer = signer;
            _fault = fault;
            _isOver = true;
            Monitor.PulseAll(_monitor);
            return true;
        }
    }

    private string Ask(string token)
    {
        SetAsking(true);
        try
        {
            string pin = SecretPrompt.AskForPin(token);
            IsAnswered |= pin.Length > 0;
            return pin;
        }
        finally
        {
            SetAsking(false);
        }
    }

    private void SetAsking(bool isAsking)
    {
        lock (_monitor)
        {
            _isAsking = isAsking;
            _since = Stopwatch.GetTimestamp();
            Monitor.PulseAll(_monitor);
        }
    }
}

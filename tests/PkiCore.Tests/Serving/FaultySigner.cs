using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

internal enum SignerFault
{
    None,
    Throws,
    SignsGarbage,
    Hangs,
    IsDisposed,
}

/// <summary>A signer that fails when it is told to, and counts.</summary>
internal sealed class FaultySigner(ISigner inner) : ISigner
{
    private readonly object _blocking = new();
    private bool _freed;
    private int _unblocked;
    private volatile SignerFault _fault;
    private int _calls;
    private int _hanging;
    private int _passesLeft;
    private int _hangsLeft = int.MaxValue;

    public SignerFault Fault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>How many calls go through before the first one hangs.</summary>
    public int PassesLeft
    {
        set => Volatile.Write(ref _passesLeft, value);
    }

    /// <summary>How many calls may hang; those that follow go through.</summary>
    public int HangsLeft
    {
        set => Volatile.Write(ref _hangsLeft, value);
    }

    /// <summary>How many signatures were asked for.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>How many threads are stuck.</summary>
    public int Hanging => Volatile.Read(ref _hanging);

    public X509Certificate2 Certificate => inner.Certificate;

    public SignatureAlgorithm Algorithm => inner.Algorithm;

    public bool PreHash => inner.PreHash;

    public int MaxSignatureLength => inner.MaxSignatureLength;

    public int Parallelism { get; init; } = 1;

    public string? Problem { get; set; }

    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        Interlocked.Increment(ref _calls);
        SignerFault fault = Fault;
        if (fault == SignerFault.Hangs && Interlocked.Decrement(ref _passesLeft) < 0 && Interlocked.Decrement(ref _hangsLeft) >= 0)
        {
            Hang();
        }

        if (fault == SignerFault.Throws)
        {
            throw new SigningException("the device is gone") { IsTransient = true };
        }

        ObjectDisposedException.ThrowIf(fault == SignerFault.IsDisposed, this);
        int length = inner.Sign(input, signature, timeout, priority);
        if (fault == SignerFault.SignsGarbage)
        {
            Span<byte> other = stackalloc byte[SHA256.HashSizeInBytes];
            length = inner.Sign(other, signature, timeout, priority); // well-formed, but over something else
        }

        return length;
    }

    /// <summary>Lets the stuck threads go on, and all others too.</summary>
    public void Free()
    {
        Fault = SignerFault.None;
        lock (_blocking)
        {
            _freed = true;
        }

        Unblock();
    }

    /// <summary>Lets the stuck threads go on; the fault stays.</summary>
    public void Unblock()
    {
        lock (_blocking)
        {
            _unblocked++;
            Monitor.PulseAll(_blocking);
        }
    }

    public void Dispose() => Free();

    private void Hang()
    {
        lock (_blocking)
        {
            int before = _unblocked;
            _hanging++;
            while (!_freed && _unblocked == before && Monitor.Wait(_blocking, TimeSpan.FromMinutes(1)))
            {
                // woken for another's sake
            }

            _hanging--;
        }
    }
}

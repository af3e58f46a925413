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
}

/// <summary>A signer that fails when it is told to, and counts.</summary>
internal sealed class FaultySigner(ISigner inner) : ISigner
{
    private readonly ManualResetEventSlim _freed = new();
    private volatile SignerFault _fault;
    private int _calls;
    private int _hanging;

    public SignerFault Fault
    {
        get => _fault;
        set => _fault = value;
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

    public string? Problem => null;

    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        Interlocked.Increment(ref _calls);
        SignerFault fault = Fault;
        if (fault == SignerFault.Hangs)
        {
            Interlocked.Increment(ref _hanging);
            _freed.Wait(TimeSpan.FromMinutes(1));
            Interlocked.Decrement(ref _hanging);
        }

        if (fault == SignerFault.Throws)
        {
            throw new SigningException("the device is gone") { IsTransient = true };
        }

        int length = inner.Sign(input, signature, timeout, priority);
        if (fault == SignerFault.SignsGarbage)
        {
            Span<byte> other = stackalloc byte[SHA256.HashSizeInBytes];
            length = inner.Sign(other, signature, timeout, priority); // well-formed, but over something else
        }

        return length;
    }

    /// <summary>Lets the stuck threads go on.</summary>
    public void Free()
    {
        Fault = SignerFault.None;
        _freed.Set();
    }

    public void Dispose() => Free();
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>Threads that sign without a pause and verify each signature by .NET's own means.</summary>
internal sealed class SigningLoad : IDisposable
{
    private readonly ISigner _signer;
    private readonly TimeSpan _timeout;
    private readonly Thread[] _threads;
    private volatile bool _stop;
    private long _signatures;
    private long _wrong;
    private long _longest;

    public SigningLoad(ISigner signer, int threads, TimeSpan timeout)
    {
        _signer = signer;
        _timeout = timeout;
        _threads = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work) { IsBackground = true })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    public long Signatures => Interlocked.Read(ref _signatures);

    public long Wrong => Interlocked.Read(ref _wrong);

    /// <summary>The longest time that a call took to come back, with or without a signature.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    public ConcurrentQueue<SigningException> Faults { get; } = new();

    /// <summary>What is no SigningException.</summary>
    public ConcurrentQueue<Exception> Surprises { get; } = new();

    /// <summary>Waits until so many more signatures are made.</summary>
    public Task MoreAsync(long count)
    {
        long goal = Signatures + count;
        return Eventually.HoldsAsync($"{count} more signatures", () => Signatures >= goal, TestContext.Current.CancellationToken);
    }

    public void Stop()
    {
        _stop = true;
        Assert.All(_threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(20)), "a thread hangs"));
    }

    public void Dispose() => _stop = true;

    private void Work()
    {
        using ECDsa key = _signer.Certificate.GetECDsaPublicKey()!;
        byte[] digest = RandomNumberGenerator.GetBytes(32);
        byte[] signature = new byte[_signer.MaxSignatureLength];
        while (!_stop)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                int length = _signer.Sign(digest, signature, _timeout, SigningPriority.Live);
                Note(Stopwatch.GetElapsedTime(start));
                bool isRight = key.VerifyHash(digest, signature.AsSpan(0, length), DSASignatureFormat.Rfc3279DerSequence);
                Interlocked.Increment(ref isRight ? ref _signatures : ref _wrong);
            }
            catch (SigningException e)
            {
                Note(Stopwatch.GetElapsedTime(start));
                Faults.Enqueue(e);
                Thread.Yield();
            }
#pragma warning disable CA1031 // Do not catch general exception types: the test looks at it
            catch (Exception e)
#pragma warning restore CA1031
            {
                Surprises.Enqueue(e);
                return;
            }
        }
    }

    private void Note(TimeSpan time)
    {
        long longest = Interlocked.Read(ref _longest);
        while (time.Ticks > longest && Interlocked.CompareExchange(ref _longest, time.Ticks, longest) is var seen && seen != longest)
        {
            longest = seen;
        }
    }
}

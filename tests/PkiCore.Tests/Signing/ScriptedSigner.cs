using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Signing;

/// <summary>A signer with a real key that does what a test says before it signs.</summary>
internal sealed class ScriptedSigner(string name, ECDsa key, X509Certificate2 certificate) : ISigner
{
    private int _calls;
    private int _probes;

    public Action<TimeSpan> Before { get; set; } = _ => { };

    /// <summary>Calls that are no probes.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public int Probes => Volatile.Read(ref _probes);

    public bool IsDisposed { get; private set; }

    public X509Certificate2 Certificate => certificate;

    public SignatureAlgorithm Algorithm { get; init; } = SignatureAlgorithm.EcdsaWithSha256;

    public bool PreHash => true;

    public int MaxSignatureLength => 72;

    public int Parallelism { get; init; } = 1;

    public string? Problem { get; set; }

    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        Interlocked.Increment(ref Thread.CurrentThread.Name == "PkiCore failover probe" ? ref _probes : ref _calls);
        Before(timeout);
        lock (key)
        {
            return key.SignHash(input, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    public void Dispose() => IsDisposed = true;

    public override string ToString() => name;
}

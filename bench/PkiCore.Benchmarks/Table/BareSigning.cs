using System.Diagnostics;
using System.Security.Cryptography;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Table;

/// <summary>
/// What signing costs by itself: as many threads as the signer can use do nothing but hash as much as a reply has to be signed of, sign the digest, and
/// verify one in as many as the presigner does.
/// </summary>
internal sealed class BareSigning(ISigner signer, int lengthToBeSigned)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly SignatureVerifier _verifier = new(signer.Certificate, signer.Algorithm);

    public TimeSpan Run(int signatures)
    {
        int threads = signer.Parallelism;
        Exception? fault = null;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => Work((signatures / threads) + (i < signatures % threads ? 1 : 0))))];
        long start = Stopwatch.GetTimestamp();
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return fault is null ? elapsed : throw new InvalidOperationException("Signing failed.", fault);

        void Work(int count)
        {
            try
            {
                Sign(count);
            }
#pragma warning disable CA1031 // Do not catch general exception types: it is thrown again on the thread that waits
            catch (Exception e)
#pragma warning restore CA1031
            {
                fault = e;
            }
        }
    }

    private void Sign(int count)
    {
        Span<byte> toBeSigned = new byte[lengthToBeSigned];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> signature = new byte[signer.MaxSignatureLength];
        for (int i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(toBeSigned, i);
            SHA256.HashData(toBeSigned, digest);
            int length = signer.Sign(digest, signature, s_timeout, SigningPriority.Batch);
            if (i % ServedIssuer.VerifiedShare == 0)
            {
                // As the presigner does: over what was signed, not over a digest that is at hand.
                SHA256.HashData(toBeSigned, digest);
                if (!_verifier.Verify(digest, signature[..length]))
                {
                    throw new CryptographicException("A signature does not verify.");
                }
            }
        }
    }
}

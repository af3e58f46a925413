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

    /// <summary>Signs so many times. Threads take turns at shares of the work, as the presigner's do: one that has to wait is not waited for.</summary>
    public SigningCost Run(int signatures)
    {
        int left = signatures;
        Exception? fault = null;
        Thread[] all = [.. Enumerable.Range(0, signer.Parallelism).Select(_ => new Thread(Work))];
        var begun = SigningCost.Now();
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        SigningCost cost = SigningCost.Since(begun);
        return fault is null ? cost : throw new InvalidOperationException("Signing failed.", fault);

        void Work()
        {
            try
            {
                int end;
                while ((end = Interlocked.Add(ref left, -ServedIssuer.VerifiedShare)) > -ServedIssuer.VerifiedShare)
                {
                    Sign(ServedIssuer.VerifiedShare + Math.Min(0, end));
                }
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
        Span<byte> toBeSigned = stackalloc byte[lengthToBeSigned];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> signature = stackalloc byte[signer.MaxSignatureLength];
        toBeSigned.Clear();
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

using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Crl.Issuing;

/// <summary>
/// A signer whose callers get an answer in time, whatever its device does: a thread that the device keeps is left behind, and until it is back there
/// is no other.
/// </summary>
internal sealed class DeadlineSigner(ISigner signer) : ISigner
{
    /// <summary>A signer keeps its own time; this is for one that does not.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private volatile Task<byte[]>? _left;

    public X509Certificate2 Certificate => signer.Certificate;

    public SignatureAlgorithm Algorithm => signer.Algorithm;

    public bool PreHash => signer.PreHash;

    public int MaxSignatureLength => signer.MaxSignatureLength;

    public int Parallelism => 1;

    public string? Problem => _left is { IsCompleted: false } ? "the signer has not answered a call, and keeps its thread" : signer.Problem;

    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        if (_left is { IsCompleted: false })
        {
            throw new SigningException("The signer has not answered an earlier call.") { IsTransient = true };
        }

        byte[] copy = input.ToArray();
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!BackgroundThread.TryStart("PkiCore CRL signing", () => Sign(copy, timeout, priority, answer)))
        {
            throw new SigningException("The system has no thread left to sign on.") { IsTransient = true };
        }

        _left = answer.Task;
        if (!((IAsyncResult)answer.Task).AsyncWaitHandle.WaitOne(timeout + s_grace))
        {
            throw new SigningException($"The signer has not answered for {timeout + s_grace}.") { IsTransient = true };
        }

        byte[] made = answer.Task.GetAwaiter().GetResult();
        made.CopyTo(signature);
        return made.Length;
    }

    /// <summary>The signer belongs to somebody else.</summary>
    public void Dispose()
    {
    }

    private void Sign(byte[] input, TimeSpan timeout, SigningPriority priority, TaskCompletionSource<byte[]> answer)
    {
        try
        {
            byte[] signature = new byte[signer.MaxSignatureLength];
            int length = signer.Sign(input, signature, timeout, priority);
            answer.SetResult(signature[..length]);
        }
#pragma warning disable CA1031 // Do not catch general exception types: it is the caller's, on another thread
        catch (Exception e)
#pragma warning restore CA1031
        {
            answer.SetException(e);
        }
    }
}

using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Responder.Hosting;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Tests.Hsm;

/// <summary>The end of signers that were replaced.</summary>
public sealed class RetiredSignersTests
{
    [Fact]
    public void Signers_are_disposed_at_once_and_not_one_after_the_other()
    {
        using var all = new CountdownEvent(3);
        var signers = new RetiredSigners(TimeProvider.System, NullLogger.Instance);
        MeetingSigner[] met = [.. Enumerable.Range(0, 3).Select(_ => new MeetingSigner(all))];
        signers.Add(met);
        signers.DisposeAll();
        Assert.All(met, signer => Assert.True(signer.HasMetOthers));
    }

    /// <summary>Its end waits for that of the others.</summary>
    private sealed class MeetingSigner(CountdownEvent all) : ISigner
    {
        public bool HasMetOthers { get; private set; }

        public X509Certificate2 Certificate => throw new NotSupportedException();

        public SignatureAlgorithm Algorithm => throw new NotSupportedException();

        public bool PreHash => throw new NotSupportedException();

        public int MaxSignatureLength => throw new NotSupportedException();

        public int Parallelism => throw new NotSupportedException();

        public string? Problem => null;

        public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority) => throw new NotSupportedException();

        public void Dispose()
        {
            all.Signal();
            HasMetOthers = all.Wait(TimeSpan.FromSeconds(5));
        }
    }
}

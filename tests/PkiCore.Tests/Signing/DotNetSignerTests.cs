using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Signing;

public sealed class DotNetSignerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_key_kept_elsewhere_signs()
    {
        var key = new RemoteKey();
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));

        Assert.True(Verify(signer, Sign(signer)));
        Assert.Equal(1, signer.Parallelism);
        Assert.True(signer.PreHash);
    }

    [Fact]
    public async Task A_key_object_is_used_by_one_thread_at_a_time()
    {
        var key = new RemoteKey();
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.True(Verify(signer, Sign(signer)));
            }
        })));

        Assert.Equal(1, key.MostAtOnce);
    }

    [Fact]
    public async Task Copies_of_a_key_sign_at_the_same_time()
    {
        using var original = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var together = new Barrier(2);
        RemoteKey[] copies = [.. Enumerable.Range(0, 2).Select(_ => new RemoteKey(original) { Signing = () => Assert.True(together.SignalAndWait(s_patience)) })];
        using var signer = new DotNetSigner(copies, KeyFiles.Certify(original));

        await Task.WhenAll(Task.Run(() => Sign(signer)), Task.Run(() => Sign(signer))).WaitAsync(s_patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_busy_key_is_waited_for_no_longer_than_allowed()
    {
        using var entered = new ManualResetEventSlim();
        using var freed = new ManualResetEventSlim();
        var key = new RemoteKey { Signing = () => { entered.Set(); freed.Wait(s_patience); } };
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));
        Task busy = Task.Run(() => Sign(signer), TestContext.Current.CancellationToken);
        Assert.True(entered.Wait(s_patience, TestContext.Current.CancellationToken));

        var refusal = Assert.Throws<SigningException>(() => signer.Sign(new byte[32], new byte[80], TimeSpan.FromMilliseconds(1), SigningPriority.Live));

        Assert.True(refusal.IsTransient);
        freed.Set();
        await busy;
    }

    [Fact]
    public void A_key_that_fails_says_whose_it_is_and_can_be_tried_again()
    {
        var key = new RemoteKey { Signing = () => throw new CryptographicException("the card was pulled") };
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));

        for (int i = 0; i < 3; i++)
        {
            var refusal = Assert.Throws<SigningException>(() => Sign(signer));
            Assert.True(refusal.IsTransient);
            Assert.Contains("CN=Key files", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("the card was pulled", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_signature_that_a_key_elsewhere_gets_wrong_is_thrown_away()
    {
        int signatures = 0;
        var key = new RemoteKey { Spoil = signature => signature[^1] ^= (byte)(++signatures % 3 == 0 ? 1 : 0) };
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));

        for (int i = 1; i <= 9; i++)
        {
            if (i % 3 != 0)
            {
                Assert.True(Verify(signer, Sign(signer)));
                continue;
            }

            var refusal = Assert.Throws<SigningException>(() => Sign(signer));
            Assert.True(refusal.IsTransient);
            Assert.Contains("does not verify", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_certificate_with_a_compressed_point_is_that_of_its_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        byte[] compressed = [(byte)(2 + (parameters.Q.Y![^1] & 1)), .. parameters.Q.X!];
        var publicKey = new PublicKey(new Oid("1.2.840.10045.2.1"), new AsnEncodedData(new PublicKey(key).EncodedParameters!.RawData), new AsnEncodedData(compressed));
        var request = new CertificateRequest(new X500DistinguishedName("CN=Compressed"), publicKey, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(99), [1]);

        using var signer = new DotNetSigner(ECDsa.Create(key.ExportParameters(includePrivateParameters: true)), certificate);

        Assert.True(Verify(signer, Sign(signer)));
    }

    [Fact]
    public void A_key_that_is_not_the_certificates_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Throws<SigningException>(() => new DotNetSigner(key, KeyFiles.Certify(other)));
    }

    [Fact]
    public void A_key_that_cannot_sign_is_refused()
    {
        using var key = RSA.Create(1024);
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

        Assert.Throws<ArgumentException>(() => new DotNetSigner(key, KeyFiles.Certify(key)));
        Assert.Throws<ArgumentException>(() => new DotNetSigner(other, KeyFiles.Certify(key)));
    }

    [Fact]
    public async Task A_signer_that_was_disposed_fails_at_once()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signer = new DotNetSigner(key, KeyFiles.Certify(key));
        signer.Dispose();
        signer.Dispose();

        await Task.Run(() => Assert.Throws<SigningException>(() => signer.Sign(new byte[32], new byte[80], TimeSpan.FromMinutes(10), SigningPriority.Live)), TestContext.Current.CancellationToken)
            .WaitAsync(s_patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_signature_under_way_survives_disposal_and_the_key_goes_afterwards()
    {
        using var entered = new ManualResetEventSlim();
        using var freed = new ManualResetEventSlim();
        var key = new RemoteKey { Signing = () => { entered.Set(); freed.Wait(s_patience); } };
        var signer = new DotNetSigner(key, KeyFiles.Certify(key));
        Task<byte[]> busy = Task.Run(() => Sign(signer), TestContext.Current.CancellationToken);
        Assert.True(entered.Wait(s_patience, TestContext.Current.CancellationToken));

        signer.Dispose();
        Assert.False(key.IsDisposed);
        freed.Set();

        Assert.True(Verify(signer, await busy));
        Assert.True(key.IsDisposed);
    }

    private static byte[] Sign(DotNetSigner signer)
    {
        byte[] signature = new byte[signer.MaxSignatureLength];
        return signature[..signer.Sign(SHA256.HashData("message"u8), signature, s_patience, SigningPriority.Live)];
    }

    private static bool Verify(DotNetSigner signer, byte[] signature) =>
        SignatureVerifier.Verify(signer.Certificate, signer.Algorithm, "message"u8, signature);

    /// <summary>An ECDSA key as a cloud service offers it: it exports its public part and signs digests.</summary>
    private sealed class RemoteKey : ECDsa
    {
        private readonly ECDsa _key;
        private int _now;
        private int _most;

        public RemoteKey(ECDsa? original = null)
        {
            _key = Create(original?.ExportParameters(true) ?? Create(ECCurve.NamedCurves.nistP256).ExportParameters(true));
            KeySizeValue = 256;
        }

        public Action? Signing { get; init; }

        public Action<byte[]>? Spoil { get; init; }

        public int MostAtOnce => _most;

        public bool IsDisposed { get; private set; }

        public override byte[] SignHash(byte[] hash)
        {
            int now = Interlocked.Increment(ref _now);
            _most = Math.Max(_most, now);
            try
            {
                Signing?.Invoke();
                byte[] signature = _key.SignHash(hash);
                Spoil?.Invoke(signature);
                return signature;
            }
            finally
            {
                Interlocked.Decrement(ref _now);
            }
        }

        public override bool VerifyHash(byte[] hash, byte[] signature) => _key.VerifyHash(hash, signature);

        public override ECParameters ExportParameters(bool includePrivateParameters) => _key.ExportParameters(false);

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            _key?.Dispose();
            base.Dispose(disposing);
        }
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>A module of its own with one token and one key on it, as most tests want it.</summary>
internal sealed class TestToken : IDisposable
{
    public const string Pin = "rare-Pin-4711";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static int s_count;

    private TestToken(FaultyModule module, string label, AsymmetricAlgorithm key)
    {
        Module = module;
        Label = label;
        Certificate = Certify(key);
        PinPath = Path.Combine(module.Tokens.FullPath, "pin");
        File.WriteAllText(PinPath, Pin + "\n");
    }

    public FaultyModule Module { get; }

    public string Label { get; }

    /// <summary>The certificate of the key; it is not on the token.</summary>
    public X509Certificate2 Certificate { get; }

    public string PinPath { get; }

    public string TokenUri => $"pkcs11:token={Label}?module-path={Module.ModulePath}&pin-source=file:{PinPath}";

    public string KeyUri => $"pkcs11:token={Label};object=ocsp;id=%01?module-path={Module.ModulePath}&pin-source=file:{PinPath}";

    /// <summary>Makes a token with a key on P-256, or the given one.</summary>
    public static async Task<TestToken> CreateAsync(AsymmetricAlgorithm? key = null)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string label = $"token-{Interlocked.Increment(ref s_count)}";
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        FaultyModule module = await FaultyModule.CreateAsync(label, Pin, cancellationToken);
        await module.ImportKeyAsync(label, Pin, key, "ocsp", "01", cancellationToken);
        return new TestToken(module, label, key);
    }

    public Pkcs11Signer OpenSigner(Pkcs11Options? options = null) => Pkcs11Signer.Open(KeyUri, Certificate, algorithm: null, options);

    /// <summary>Signs, and verifies the signature by .NET's own means.</summary>
    public void SignAndVerify(ISigner signer, TimeSpan? timeout = null)
    {
        byte[] digest = RandomNumberGenerator.GetBytes(32);
        byte[] signature = new byte[signer.MaxSignatureLength];
        int length = signer.Sign(digest, signature, timeout ?? s_patience, SigningPriority.Live);
        using ECDsa key = Certificate.GetECDsaPublicKey()!;
        Assert.True(key.VerifyHash(digest, signature.AsSpan(0, length), DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>The sessions that all signers of the token share.</summary>
    public PoolState PoolState(Pkcs11Options? options = null)
    {
        using var token = Pkcs11Token.Create(Pkcs11Uri.Parse(TokenUri), options ?? new Pkcs11Options());
        return token.Connection.Pool.GetState();
    }

    /// <summary>Has so many sessions open at least, none of them in use.</summary>
    public void OpenIdleSessions(int count)
    {
        using var token = Pkcs11Token.Create(Pkcs11Uri.Parse(TokenUri), new Pkcs11Options());
        Pkcs11SessionPool pool = token.Connection.Pool;
        Pkcs11Session[] sessions = [.. Enumerable.Range(0, count).Select(_ => pool.Rent(SigningPriority.Live, s_patience))];
        Array.ForEach(sessions, session => pool.Return(session, reusable: true));
    }

    /// <summary>Waits until this many calls of a function have come in.</summary>
    public Task WaitForCallsAsync(string function, int count) =>
        Eventually.HoldsAsync($"{count} calls of {function}", () => Module.Calls(function) >= count, TestContext.Current.CancellationToken);

    /// <summary>Runs what blocks.</summary>
    public static Task<T> RunAsync<T>(Func<T> call) =>
        Task.Factory.StartNew(call, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>What a call threw, or null.</summary>
    public static Task<SigningException?> RunForFaultAsync(Action call) => RunAsync(() => Record.Exception(call) as SigningException);

    public void Dispose()
    {
        Module.Dispose();
        Certificate.Dispose();
    }

    public static X509Certificate2 Certify(AsymmetricAlgorithm key)
    {
        const string Name = "CN=On a token";
        CertificateRequest request = key is ECDsa ecdsa
            ? new CertificateRequest(Name, ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest(Name, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 withKey = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        return X509CertificateLoader.LoadCertificate(withKey.RawData);
    }
}

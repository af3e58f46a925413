using System.Security.Cryptography;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>A faulty module with one token and one P-256 key, initialised, with one session that is logged in.</summary>
internal sealed class RawToken : IDisposable
{
    public const string Label = "token one";
    public const string KeyLabel = "signer";
    public const string Pin = "1234";

    private static readonly byte[] s_digest = SHA256.HashData("to be signed"u8);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;

    private RawToken(FaultyModule faulty)
    {
        Faulty = faulty;
        Module = RawModule.Load(faulty.ModulePath);
    }

    public FaultyModule Faulty { get; }

    public RawModule Module { get; }

    public nuint Slot { get; private set; }

    public nuint Session { get; private set; }

    public nuint Key { get; private set; }

    public static async Task<RawToken> CreateAsync()
    {
        var token = new RawToken(await FaultyModule.CreateAsync(Label, Pin, TestContext.Current.CancellationToken));
        await token.Faulty.ImportKeyAsync(Label, Pin, token._key, KeyLabel, "01", token._cancellation);
        Assert.Equal(RawModule.Ok, token.Module.Initialize());
        token.Slot = token.Module.SlotOf(Label);
        token.Open();
        return token;
    }

    /// <summary>Opens a session, logs in and finds the key.</summary>
    public void Open()
    {
        Session = Module.OpenSession(Slot);
        Assert.Equal(RawModule.Ok, Module.Login(Session, Pin));
        Key = Module.FindKey(Session, KeyLabel);
        Assert.NotEqual<nuint>(0, Key);
    }

    /// <summary>Signs in the one session.</summary>
    /// <param name="verifies">Whether the signature is right.</param>
    public nuint Sign(out bool verifies) => Sign(Session, out verifies);

    public nuint Sign(nuint session, out bool verifies)
    {
        nuint rv = Module.Sign(session, Key, s_digest, out byte[] signature);
        verifies = rv == RawModule.Ok && _key.VerifyHash(s_digest, signature);
        return rv;
    }

    public nuint Sign() => Sign(out _);

    public void AssertSigns()
    {
        Assert.Equal(RawModule.Ok, Sign(out bool verifies));
        Assert.True(verifies);
    }

    /// <summary>Waits until this many calls of a function have come in.</summary>
    public Task WaitForCallsAsync(string function, int count) =>
        Eventually.HoldsAsync($"{count} calls of {function}", () => Faulty.Calls(function) >= count, _cancellation);

    public void Dispose()
    {
        Faulty.Clear();
        Module.Terminate();
        Faulty.Dispose();
        _key.Dispose();
    }
}

using System.Security.Cryptography;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>Beside no other test: one that listens to metrics does so for all tokens of the process, and allocates on their threads.</summary>
[Collection(AllocationGroup.Name)]
public sealed class AllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signature_by_a_token_allocates_nothing(bool verify)
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner(new Pkcs11Options { VerifySignatures = verify });
        AssertBudget("sign by a token", signer);
    }

    [Fact]
    public async Task A_signature_by_one_of_two_tokens_allocates_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using TestToken one = await TestToken.CreateAsync(key);
        using TestToken two = await TestToken.CreateAsync(key);
        using var signer = new FailoverSigner([one.OpenSigner(), two.OpenSigner()]);
        AssertBudget("sign by one of two tokens", signer);
    }

    private static void AssertBudget(string name, ISigner signer)
    {
        byte[] digest = SHA256.HashData("message"u8);
        byte[] signature = new byte[signer.MaxSignatureLength];
        AllocationBudget.Assert(name, () => signer.Sign(digest, signature, TimeSpan.FromSeconds(10), SigningPriority.Live));
    }
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AllocationGroup
{
    public const string Name = "allocations";
}

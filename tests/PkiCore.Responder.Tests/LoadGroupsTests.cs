using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;

namespace PkiCore.Responder.Tests;

/// <summary>What is loaded at once when the host starts.</summary>
public sealed class LoadGroupsTests
{
    [Fact]
    public void CAs_are_loaded_at_once_unless_they_share_a_token()
    {
        int[][] groups = Split(["a.key"], [On("1")], ["b.key"], [On("2")], [On("3", "x"), On("2", "y")], [On("1", "other")], [On("4")], [On("4", module: "n")]);

        Assert.Equal(["0 2", "1 5", "3 4", "6", "7"], groups.Select(group => string.Join(' ', group)).Order());
    }

    [Fact]
    public void A_CA_with_the_tokens_of_two_others_joins_them() =>
        Assert.Equal([0, 1, 2], Assert.Single(Split([On("1")], [On("2")], [On("2"), On("1")])));

    [Fact]
    public void Without_a_CA_there_is_nothing_to_load() => Assert.Empty(Split());

    private static int[][] Split(params string[][] keys) => LoadGroups.Split([.. keys.Select(key => new IssuerSettings { Signer = new SignerSettings { Key = [.. key] } })]);

    private static string On(string token, string key = "k", string module = "m") => $"pkcs11:token={token};object={key}?module-path={module}";
}

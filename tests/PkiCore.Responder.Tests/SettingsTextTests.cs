using System.Text.Json.Nodes;
using PkiCore.Responder.Configuration;
using PkiCore.Serving;

namespace PkiCore.Responder.Tests;

/// <summary>Settings that are written as a configuration file.</summary>
public sealed class SettingsTextTests
{
    [Fact]
    public void What_is_as_usual_is_left_out() => Assert.Equal("{}\n", SettingsText.Create(new ResponderSettings()));

    [Fact]
    public void What_was_written_is_read_again()
    {
        using var folder = new TemporaryDirectory();
        var settings = new ResponderSettings
        {
            Listen = ["http://127.0.0.1:8080/"],
            Management = "",
            Issuers =
            [
                new IssuerSettings
                {
                    Certificate = folder.File("it's ca+1.pem"),
                    Galera = true,
                    Signer = new SignerSettings { Key = [folder.File("key.pem")] },
                    Crl = new CrlSettings { Directory = folder.File("crl"), Key = [folder.File("ca.key")], DeltaInterval = TimeSpan.FromMinutes(1), PublishDeltaAfterChange = TimeSpan.Zero },
                },
            ],
            Galera = new GaleraSettings
            {
                Nodes = [new GaleraNodeSettings { Host = "10.0.0.1", Port = 3307 }],
                CaFile = folder.File("db-ca.pem"),
                Edge = new GaleraUserSettings { User = "edge" },
                ComparisonInterval = TimeSpan.Zero,
                PreferredSegment = 0,
            },
        };
        settings.Ocsp.Nonce = NoncePolicy.Sign;
        settings.Ocsp.Validity = TimeSpan.FromDays(2);

        string text = SettingsText.Create(settings);
        File.WriteAllText(folder.File("responder.json"), text);
        ResponderSettings read = SettingsFile.Load(folder.File("responder.json"), out _);
        Assert.Equal(text, SettingsText.Create(read));
        Assert.Equal(TimeSpan.Zero, read.Issuers[0].Crl!.PublishDeltaAfterChange);
        Assert.Equal(0, read.Galera!.PreferredSegment);
        Assert.Equal(new OcspResponderOptions().PreparedHashes, read.Ocsp.PreparedHashes);

        JsonNode file = JsonNode.Parse(text)!;
        Assert.Equal(["Nonce", "Validity"], file["Ocsp"]!.AsObject().Select(setting => setting.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["User"], file["Galera"]!["Edge"]!.AsObject().Select(setting => setting.Key));
    }
}

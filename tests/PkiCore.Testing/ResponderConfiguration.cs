using System.Text.Json.Nodes;
using PkiCore.Responder.Demo;

namespace PkiCore.Testing;

/// <summary>Writes configuration files for the host: ports that the system picks, and what a test adds.</summary>
public sealed class ResponderConfiguration(string path)
{
    private readonly JsonObject _root = new()
    {
        ["Listen"] = new JsonArray("http://127.0.0.1:0"),
        ["Management"] = "http://127.0.0.1:0",
        [nameof(Issuers)] = new JsonArray(),
    };

    public string FilePath { get; } = path;

    public JsonArray Issuers => (JsonArray)_root[nameof(Issuers)]!;

    /// <summary>Sets a value by its path, for example <c>Ocsp:Nonce</c>.</summary>
    public ResponderConfiguration Set(string name, JsonNode value)
    {
        string[] parts = name.Split(':');
        JsonObject section = _root;
        foreach (string part in parts[..^1])
        {
            section = (JsonObject)(section[part] ??= new JsonObject());
        }

        section[parts[^1]] = value;
        return this;
    }

    public ResponderConfiguration Add(string certificate, string index, string signerCertificate, string signerKey, string passphrase = "")
    {
        Issuers.Add(new JsonObject
        {
            ["Certificate"] = certificate,
            ["Index"] = index,
            ["Signer"] = new JsonObject { ["Certificate"] = signerCertificate, ["Key"] = signerKey, ["Passphrase"] = passphrase },
        });
        return this;
    }

    /// <summary>Replaces the file as a whole, as an operator's tools should.</summary>
    public string Write()
    {
        File.WriteAllText(FilePath + ".new", _root.ToJsonString());
        File.Move(FilePath + ".new", FilePath, overwrite: true);
        return FilePath;
    }

    internal ResponderConfiguration Add(DemoCa ca, string signer = "ocsp") =>
        Add(ca.CaPath, ca.IndexPath, ca.Layout.Top(signer), ca.Layout.Key(signer));
}

using System.CommandLine;
using System.Globalization;
using PkiCore.Pkcs11;
using PkiCore.Pkcs11.Interop;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;

namespace PkiCore.Responder.Commands;

/// <summary><c>hsm list</c>: what a PKCS #11 library is, its tokens, and the private keys on one of them.</summary>
internal static class HsmListCommand
{
    public static Command Create()
    {
        var uri = new Argument<string>("URI") { Description = "A pkcs11: URI; with one that names a token, or has a pin-source, its keys are listed", Arity = ArgumentArity.ZeroOrOne };
        var module = new Option<string>("--module") { Description = "The HSM's PKCS #11 library, instead of a URI", HelpName = "FILE" };
        var pin = new Option<string>("--pin-source") { Description = "With --module: list the keys too, with the PIN from file:PATH or env:NAME", HelpName = "SOURCE" };
        var command = new Command("list", "Show a PKCS #11 library, its tokens, and the keys on one of them.") { uri, module, pin };
        command.Validators.Add(result =>
        {
            bool hasUri = result.GetResult(uri) is { Tokens.Count: > 0 };
            if (hasUri == result.GetResult(module) is not null)
            {
                result.AddError("Name either a pkcs11: URI or a library with --module.");
            }
            else if (hasUri && result.GetResult(pin) is not null)
            {
                result.AddError("--pin-source belongs to --module; a URI has its own.");
            }
        });
        command.SetAction(result => List(HsmKey.Check(result.GetValue(uri) ?? ToUri(result.GetValue(module)!, result.GetValue(pin)))));
        return command;
    }

    private static string ToUri(string module, string? pinSource)
    {
        string uri = $"{Pkcs11Uri.Scheme}?module-path={KeyUri.Escape(module)}";
        return pinSource is null ? uri
            : PassphraseSource.IsValid(pinSource) ? $"{uri}&pin-source={KeyUri.Escape(pinSource).Replace("%3A", ":", StringComparison.Ordinal)}"
            : throw new ConfigurationException("--pin-source: has to be file:PATH or env:NAME; a PIN itself does not belong on a command line.");
    }

    private static int List(string text)
    {
        var uri = Pkcs11Uri.Parse(text);
        try
        {
            List<(ulong SlotId, TokenInfo Info)> tokens = ListTokens(uri);
            bool wantsKeys = uri.PinSource is not null || uri.Token is not null || uri.Serial is not null || uri.SlotId is not null;
            if (wantsKeys)
            {
                ListKeys(text, tokens.FindAll(token => token.Info.IsInitialized && token.Info.Matches(uri) && (uri.SlotId ?? token.SlotId) == token.SlotId));
            }

            return 0;
        }
        catch (Exception e) when (HsmKey.Describe(e) is not null)
        {
            throw new ConfigurationException(HsmKey.Describe(e)!, e);
        }
    }

    private static List<(ulong SlotId, TokenInfo Info)> ListTokens(Pkcs11Uri uri)
    {
        Pkcs11Module module = Pkcs11Module.Acquire(uri.ModulePath!);
        try
        {
            Console.WriteLine($"{module.Path}: {module.Describe()}");
            List<(ulong SlotId, TokenInfo Info)> tokens = SlotList.Read(module);
            Console.WriteLine(tokens.Count == 0 ? "No token." : "");
            foreach ((ulong slot, TokenInfo info) in tokens)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slot {slot}: {Describe(info)}"));
            }

            return tokens;
        }
        finally
        {
            module.Release();
        }
    }

    private static string Describe(TokenInfo info)
    {
        if (!info.IsInitialized)
        {
            return "a token that is not initialised";
        }

        string sessions = info.MaxSessions is { } max ? string.Create(CultureInfo.InvariantCulture, $", {max} sessions at most") : "";
        string pin = (info.Flags & CK.CKF_USER_PIN_LOCKED) != 0 ? ", the PIN is LOCKED" : info.NeedsLogin ? "" : ", needs no PIN";
        return $"token '{info.Label}', serial {info.Serial}, {info.Model} by {info.Manufacturer}{sessions}{pin}";
    }

    private static void ListKeys(string uri, List<(ulong SlotId, TokenInfo Info)> tokens)
    {
        if (tokens.Count > 1)
        {
            // One PIN tried on all would use up the tries of those it is not for.
            throw new ConfigurationException($"The PIN is for one token, and {tokens.Count} fit: name it by a URI with token= or serial=.");
        }

        using var token = Pkcs11Token.Open(uri, new Pkcs11Options { PinPrompt = SecretPrompt.AskForPin });
        IReadOnlyList<Pkcs11Key> keys = token.FindKeys();
        Console.WriteLine($"\nprivate keys on '{(tokens is [var only] ? only.Info.Label : token.Label)}':{(keys.Count == 0 ? " none" : "")}");
        foreach (Pkcs11Key key in keys)
        {
            string kind = key.PublicKey is { } publicKey ? KeyKind.Of(publicKey) : "public key not known";
            string certificate = key.Certificate is { } found ? $"certificate {found.Subject}" : "no certificate";
            Console.WriteLine($"  object={KeyUri.Escape(key.Label)};id={KeyKind.ToUriId(key.Id.Span)}  {kind}, {certificate}");
        }
    }
}

namespace PkiCore.Responder.Configuration;

/// <summary>Asks the operator for a passphrase or a PIN; nothing is shown of what is typed.</summary>
internal static class SecretPrompt
{
    /// <summary>Whether somebody may sit at a terminal.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public static string Ask(string question)
    {
        Console.Error.Write(question + ": ");
        var typed = new List<char>();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && typed.Count > 0)
            {
                typed.RemoveAt(typed.Count - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Add(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return new string([.. typed]);
    }

    /// <summary>The PIN of a token; empty when there is nobody to ask, for a token may need none.</summary>
    public static string AskForPin(string token) => CanAsk ? Ask($"PIN of the token {token}") : "";
}

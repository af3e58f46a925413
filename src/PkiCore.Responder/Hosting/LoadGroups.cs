using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Hosting;

/// <summary>Which CAs are loaded one after the other: those that share a token, so that one that hangs is waited for once; and those whose keys are in files.</summary>
internal static class LoadGroups
{
    private const string Files = "";

    /// <returns>The places of the CAs in the settings, group by group.</returns>
    public static int[][] Split(IReadOnlyList<IssuerSettings> settings)
    {
        var groups = new List<(HashSet<string> Tokens, List<int> Members)>();
        for (int i = 0; i < settings.Count; i++)
        {
            HashSet<string> tokens = [.. settings[i].AllSigners.Append(settings[i].CrlSigner ?? new SignerSettings()).SelectMany(TokenSignerLoader.FindTokens).DefaultIfEmpty(Files)];
            List<int> members = [i];
            foreach ((HashSet<string> Tokens, List<int> Members) shared in groups.Where(group => group.Tokens.Overlaps(tokens)).ToArray())
            {
                groups.Remove(shared);
                tokens.UnionWith(shared.Tokens);
                members.AddRange(shared.Members);
            }

            groups.Add((tokens, members));
        }

        return [.. groups.Select(group => group.Members.Order().ToArray())];
    }
}

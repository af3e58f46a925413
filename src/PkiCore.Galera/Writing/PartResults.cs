namespace PkiCore.Galera.Writing;

/// <summary>What became of a call that needs several transactions.</summary>
internal static class PartResults
{
    /// <summary>Waits for all of them.</summary>
    /// <exception cref="RevocationStoreException">One failed. That nothing was done is said only when that is so of all of them.</exception>
    public static async Task<IReadOnlyList<RevocationResult>> JoinAsync(IReadOnlyList<Task<IReadOnlyList<RevocationResult>>> parts)
    {
        try
        {
            return [.. (await Task.WhenAll(parts).ConfigureAwait(false)).SelectMany(part => part)];
        }
        catch (RevocationStoreException e) when (!e.IsOutcomeUnknown && !parts.All(IsRefused))
        {
            throw new RevocationStoreException($"it is not known whether all changes were made (send them again with the same operation ids): {e.Message}", e) { IsOutcomeUnknown = true };
        }
    }

    private static bool IsRefused(Task<IReadOnlyList<RevocationResult>> part) => part.Exception?.InnerException is RevocationStoreException { IsOutcomeUnknown: false };
}

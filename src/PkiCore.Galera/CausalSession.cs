namespace PkiCore.Galera;

/// <summary>Makes the reads of a session wait until the node knows all that was committed anywhere, or lets them go on without.</summary>
internal static class CausalSession
{
    /// <summary>With wsrep_dirty_reads, which a node may have as its default, the server skips the wait and says nothing.</summary>
    public const string Begin = "SET SESSION wsrep_dirty_reads = OFF, SESSION wsrep_sync_wait = 1";

    /// <summary>No wait; a node that is cut off still refuses.</summary>
    public const string End = "SET SESSION wsrep_dirty_reads = OFF, SESSION wsrep_sync_wait = 0";
}

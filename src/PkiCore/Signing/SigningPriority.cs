namespace PkiCore.Signing;

/// <summary>Who is served first when callers wait for one key.</summary>
public enum SigningPriority
{
    /// <summary>A client waits for this signature.</summary>
    Live,

    /// <summary>Signed ahead; nobody waits.</summary>
    Batch,
}

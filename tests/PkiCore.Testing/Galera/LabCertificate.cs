namespace PkiCore.Testing;

/// <summary>Which certificate a node of the lab shows to clients.</summary>
public enum LabCertificate
{
    /// <summary>Of the clients' CA, for the node's name and address.</summary>
    Good,

    /// <summary>The same, but its time is over.</summary>
    Expired,

    /// <summary>The right names, by a CA that clients do not trust.</summary>
    OtherCa,

    /// <summary>Of the clients' CA, for another machine.</summary>
    WrongName,
}

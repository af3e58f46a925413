namespace PkiCore.Galera;

/// <summary>A change could not be made, or nobody knows whether it was.</summary>
public sealed class RevocationStoreException : Exception
{
    /// <inheritdoc/>
    public RevocationStoreException()
    {
    }

    /// <inheritdoc/>
    public RevocationStoreException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public RevocationStoreException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether it is not known if the change was made: send the same operations again, with the same ids. Otherwise it was not made.</summary>
    public bool IsOutcomeUnknown { get; init; }
}

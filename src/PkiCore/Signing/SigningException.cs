namespace PkiCore.Signing;

/// <summary>A signature could not be made, or a signer cannot be used.</summary>
public sealed class SigningException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public SigningException()
    {
    }

    /// <summary>Makes an exception that is not transient.</summary>
    public SigningException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception that is not transient.</summary>
    public SigningException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the same call may succeed later without anybody changing anything.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Whether nothing is wrong but that too many callers want a signature.</summary>
    internal bool IsOverload { get; init; }

    /// <summary>The device's own name of the fault, such as CKR_DEVICE_REMOVED; <see langword="null"/> when it gave none.</summary>
    public string? ErrorCode { get; init; }
}

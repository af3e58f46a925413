namespace PkiCore.Signing;

/// <summary>A signature could not be made, or a signer cannot be used.</summary>
public class SigningException : Exception
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
}

namespace PkiCore.Responder.Configuration;

/// <summary>The configuration cannot be used. The message names the setting or the file and says what to do; nothing else needs to be printed.</summary>
internal sealed class ConfigurationException(string message, Exception? innerException = null) : Exception(message, innerException);

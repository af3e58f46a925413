namespace PkiCore.Responder.Demo;

/// <summary>A certificate of the demonstration CA, and where it and its key are.</summary>
internal sealed record DemoCertificate(string Name, string Serial, string CertificatePath, string KeyPath);

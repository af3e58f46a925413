namespace PkiCore.Testing;

/// <summary>The files in PEM with which a client of the lab is one of its users.</summary>
/// <param name="Ca">Whom to trust.</param>
/// <param name="Certificate">Who the client is.</param>
/// <param name="Key">The key to that.</param>
public sealed record LabClientFiles(string Ca, string Certificate, string Key);

using PkiCore.Galera;
using PkiCore.X509;

namespace PkiCore.Testing;

/// <summary>A change whose writer was told that it is made.</summary>
/// <param name="Serial">The certificate.</param>
/// <param name="Result">What its writer was told.</param>
/// <param name="At">When.</param>
public sealed record Acknowledged(SerialNumber Serial, RevocationResult Result, DateTimeOffset At);

using System.Numerics;

namespace PkiCore.Crl.Issuing;

/// <summary>What is remembered of a CRL that counts: its successor is compared with it.</summary>
/// <param name="Number">The CRL number.</param>
/// <param name="BaseNumber">The number of the complete CRL that a delta CRL adds to.</param>
/// <param name="ThisUpdate">When it was issued.</param>
/// <param name="NextUpdate">When there has to be another.</param>
/// <param name="EntryCount">How many entries it has; <see langword="null"/> when nobody has counted them since the start.</param>
internal sealed record PublishedCrl(BigInteger Number, BigInteger? BaseNumber, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, long? EntryCount);

/// <summary>A CRL that is to be published.</summary>
/// <param name="Scope">The number of its scope.</param>
/// <param name="IsDelta">Whether it is a delta CRL.</param>
/// <param name="IsRegular">Whether it is issued because its time has come, and not only because of a change.</param>
internal readonly record struct DueCrl(int Scope, bool IsDelta, bool IsRegular);

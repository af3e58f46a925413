namespace PkiCore.Galera.Crls;

/// <summary>That somebody holds the lease, from a takeover to the next.</summary>
/// <param name="Holder">Who.</param>
/// <param name="Epoch">The number of the takeover; it never comes again.</param>
internal sealed record LeaseTerm(string Holder, ulong Epoch);

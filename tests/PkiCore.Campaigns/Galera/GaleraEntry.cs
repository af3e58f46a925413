namespace PkiCore.Campaigns.Galera;

/// <summary>A fault that is about to happen.</summary>
internal sealed record GaleraEntry(DateTimeOffset At, string Fault, int Node, TimeSpan Duration);

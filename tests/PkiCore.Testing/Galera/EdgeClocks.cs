namespace PkiCore.Testing;

/// <summary>What time it is for an edge and for those who ask it.</summary>
/// <param name="Edge">The edge's clock.</param>
/// <param name="Client">That of its clients.</param>
public sealed record EdgeClocks(TimeProvider Edge, TimeProvider Client)
{
    /// <summary>Everybody has the right time.</summary>
    public static EdgeClocks Right { get; } = new(TimeProvider.System, TimeProvider.System);

    /// <summary>Time passes for everybody by the same clock.</summary>
    public static EdgeClocks Both(TimeProvider clock) => new(clock, clock);

    /// <summary>The edge alone has another time.</summary>
    public static EdgeClocks OfEdge(TimeProvider clock) => new(clock, TimeProvider.System);
}

using PkiCore.Fuzz.Mutation;

namespace PkiCore.Fuzz.Targets;

/// <summary>Gives one input to a parser and checks what comes out.</summary>
/// <returns>Whether the parser accepted the input.</returns>
internal delegate bool FuzzFunction(ReadOnlySpan<byte> input);

/// <summary>An entry point to fuzz.</summary>
/// <param name="Name">Its name on the command line and the name of its folders.</param>
/// <param name="Function">Parses one input and throws when the outcome is wrong.</param>
/// <param name="Mutator">Makes new inputs of old ones.</param>
/// <param name="Sources">The files whose lines the corpus has to reach.</param>
internal sealed record FuzzTarget(string Name, FuzzFunction Function, IMutator Mutator, string[] Sources)
{
    public override string ToString() => Name;
}

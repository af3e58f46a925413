[assembly: AssemblyFixture(typeof(LabFixture))]

namespace PkiCore.Galera.Tests;

/// <summary>All tests that use the lab: one after the other, and nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LabGroup
{
    public const string Name = "Lab";
}

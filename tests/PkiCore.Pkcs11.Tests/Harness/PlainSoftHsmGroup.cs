namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>
/// Tests that initialise SoftHSM itself in this process. They run when no other test does: the environment variable that leads SoftHSM to
/// its tokens changes for a moment whenever a <see cref="FaultyModule"/> is initialised.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class PlainSoftHsmGroup
{
    public const string Name = "plain SoftHSM";
}

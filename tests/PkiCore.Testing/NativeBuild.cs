namespace PkiCore.Testing;

/// <summary>What the build scripts in tests/native and bench/native compile.</summary>
public static class NativeBuild
{
    /// <summary>The PKCS#11 module of tests/native. Tests take it from here only to copy it; see <see cref="Testing.FaultyModule"/>.</summary>
    public static string FaultyModule => Find("libfaulty.so", "tests/native/build.sh");

    /// <summary>The C loops of bench/native.</summary>
    public static string SignLoop => Find("sign_loop", "bench/native/build.sh");

    /// <summary>Where they would be.</summary>
    public static string SignLoopPath => PathOf("sign_loop");

    /// <summary>The full path of a built file; skips the calling test when it is not there, or fails it in CI.</summary>
    private static string Find(string name, string script)
    {
        string path = PathOf(name);
        return File.Exists(path) ? path : throw RequiredTool.Missing($"artifacts/native/{name} is not there", $"{script} builds it", Checkout.IsCI);
    }

    private static string PathOf(string name) => Checkout.PathOf($"artifacts/native/{name}");
}

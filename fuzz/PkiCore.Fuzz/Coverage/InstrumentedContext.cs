using System.Reflection;
using System.Runtime.Loader;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Coverage;

/// <summary>
/// Where targets run: a second copy of this assembly, loaded beside an instrumented PkiCore. Everything else, the engine
/// included, stays in the default context; only framework types pass between the two.
/// </summary>
internal sealed class InstrumentedContext : AssemblyLoadContext
{
    private const string Instrumented = "PkiCore";
    private readonly Assembly _targets;
    private readonly string _path;
    private readonly Instrumenter _instrumenter = new(TargetCatalog.All.SelectMany(target => target.Sources).ToHashSet(StringComparer.Ordinal));
    private byte[] _hits = [];

    /// <param name="path">The PkiCore to run; the one beside this program unless a seeded copy is given.</param>
    public InstrumentedContext(string? path = null)
    {
        string own = typeof(InstrumentedContext).Assembly.Location;
        _path = path ?? Path.Combine(Path.GetDirectoryName(own)!, Instrumented + ".dll");
        LoadFromAssemblyName(new AssemblyName(Instrumented));
        _targets = LoadFromAssemblyPath(own);
    }

    public IReadOnlyList<CoveragePoint> Points => _instrumenter.Points;

    /// <summary>How often each point was passed since the last <see cref="Array.Clear(Array)"/>, modulo 256.</summary>
    public byte[] Hits => _hits;

    public Func<byte[], bool> Bind(FuzzTarget target) =>
        (Func<byte[], bool>)_targets.GetType(typeof(TargetCatalog).FullName!)!
            .GetMethod(nameof(TargetCatalog.Bind))!
            .Invoke(null, [target.Name])!;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name != Instrumented)
        {
            return null;
        }

        using var image = new MemoryStream(_instrumenter.Instrument(_path));
        Assembly assembly = LoadFromStream(image);
        _hits = new byte[_instrumenter.Points.Count];
        assembly.GetType(Instrumenter.CounterType)!.GetField(Instrumenter.CounterField)!.SetValue(null, _hits);
        return assembly;
    }
}

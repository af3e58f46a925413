using System.Reflection;
using System.Runtime.Loader;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Coverage;

/// <summary>
/// Where targets run: a second copy of this assembly, loaded beside instrumented copies of the assemblies with the parsers.
/// Everything else, the engine included, stays in the default context; only framework types pass between the two.
/// </summary>
internal sealed class InstrumentedContext : AssemblyLoadContext
{
    private static readonly string[] s_instrumented = ["PkiCore", "PkiCore.AspNetCore"];
    private readonly Assembly _targets;
    private readonly string _own = typeof(InstrumentedContext).Assembly.Location;
    private readonly string? _seeded;
    private readonly Instrumenter _instrumenter = new(TargetCatalog.All.SelectMany(target => target.Sources).ToHashSet(StringComparer.Ordinal));

    /// <param name="seeded">A folder of assemblies to run instead of those beside this program.</param>
    public InstrumentedContext(string? seeded = null)
    {
        _seeded = seeded;
        Assembly[] assemblies = Array.ConvertAll(s_instrumented, name => LoadFromAssemblyName(new AssemblyName(name)));
        Hits = new byte[Points.Count];
        foreach (Assembly assembly in assemblies)
        {
            assembly.GetType(Instrumenter.CounterType)!.GetField(Instrumenter.CounterField)!.SetValue(null, Hits);
        }

        _targets = LoadFromAssemblyPath(_own);
    }

    public IReadOnlyList<CoveragePoint> Points => _instrumenter.Points;

    /// <summary>How often each point was passed since the last <see cref="Array.Clear(Array)"/>, modulo 256.</summary>
    public byte[] Hits { get; }

    public Func<byte[], bool> Bind(FuzzTarget target) =>
        (Func<byte[], bool>)_targets.GetType(typeof(TargetCatalog).FullName!)!
            .GetMethod(nameof(TargetCatalog.Bind))!
            .Invoke(null, [target.Name])!;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (!s_instrumented.Contains(assemblyName.Name, StringComparer.Ordinal))
        {
            return null;
        }

        using var image = new MemoryStream(_instrumenter.Instrument(PathOf(assemblyName.Name + ".dll")));
        return LoadFromStream(image);
    }

    /// <summary>A bug in PkiCore leaves PkiCore.AspNetCore as it is, and there is no copy of it.</summary>
    private string PathOf(string file)
    {
        string copy = Path.Combine(_seeded ?? "", file);
        return _seeded is not null && File.Exists(copy) ? copy : Path.Combine(Path.GetDirectoryName(_own)!, file);
    }
}

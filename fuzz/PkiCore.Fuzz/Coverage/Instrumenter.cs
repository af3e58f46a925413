using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace PkiCore.Fuzz.Coverage;

/// <summary>
/// Rewrites an assembly so that it counts, in one byte array, how often each statement and each branch target of some source
/// files is passed.
/// </summary>
internal sealed class Instrumenter(IReadOnlySet<string> files)
{
    public const string CounterType = "PkiCore.Fuzz.Injected.Counters";
    public const string CounterField = "Hits";

    private readonly List<CoveragePoint> _points = [];

    /// <summary>The points so far, in the order of their counters.</summary>
    public IReadOnlyList<CoveragePoint> Points => _points;

    /// <summary>The rewritten assembly. Its symbols stay behind: addresses no longer fit.</summary>
    public byte[] Instrument(string path)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(path));
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        var parameters = new ReaderParameters { ReadSymbols = true, InMemory = true, AssemblyResolver = resolver };
        using ModuleDefinition module = ModuleDefinition.ReadModule(path, parameters);
        FieldDefinition counters = AddCounters(module);
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody).ToArray())
        {
            if (FileOf(method) is { } file && files.Contains(file))
            {
                InstrumentMethod(method, file, counters);
            }
        }

        using var output = new MemoryStream();
        module.Write(output);
        return output.ToArray();
    }

    private static FieldDefinition AddCounters(ModuleDefinition module)
    {
        int dot = CounterType.LastIndexOf('.');
        const TypeAttributes StaticClass = TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed;
        var type = new TypeDefinition(CounterType[..dot], CounterType[(dot + 1)..], StaticClass, module.TypeSystem.Object);
        var field = new FieldDefinition(CounterField, FieldAttributes.Public | FieldAttributes.Static, new ArrayType(module.TypeSystem.Byte));
        type.Fields.Add(field);
        module.Types.Add(type);
        return field;
    }

    /// <summary>The path from src on. What stands before it depends on where, and how, the assembly was built.</summary>
    private static string? FileOf(MethodDefinition method)
    {
        string? url = method.DebugInformation.SequencePoints.FirstOrDefault(point => !point.IsHidden)?.Document.Url.Replace('\\', '/');
        int root = url?.LastIndexOf("/src/", StringComparison.Ordinal) ?? -1;
        return root < 0 ? null : url![(root + 1)..];
    }

    private void InstrumentMethod(MethodDefinition method, string file, FieldDefinition counters)
    {
        IDictionary<Instruction, SequencePoint> statements = method.DebugInformation.GetSequencePointMapping();
        MethodBody body = method.Body;
        body.SimplifyMacros();
        HashSet<Instruction> targets = BranchTargets(body);
        ILProcessor processor = body.GetILProcessor();
        var moved = new Dictionary<Instruction, Instruction>();
        foreach (Instruction instruction in body.Instructions.ToArray())
        {
            SequencePoint? statement = statements.TryGetValue(instruction, out SequencePoint? found) && !found.IsHidden ? found : null;
            if (statement is not null || targets.Contains(instruction))
            {
                moved[instruction] = InsertCounter(processor, instruction, counters, _points.Count);
                _points.Add(new CoveragePoint(file, method.Name, statement?.StartLine ?? 0));
            }
        }

        Redirect(body, moved);
        body.OptimizeMacros();
    }

    private static HashSet<Instruction> BranchTargets(MethodBody body)
    {
        var targets = new HashSet<Instruction>();
        foreach (Instruction instruction in body.Instructions)
        {
            targets.UnionWith(instruction.Operand switch
            {
                Instruction target => [target],
                Instruction[] several => several,
                _ => [],
            });
            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch)
            {
                targets.Add(instruction.Next);
            }
        }

        return targets;
    }

    /// <summary>Hits[index]++, whatever is on the stack.</summary>
    private static Instruction InsertCounter(ILProcessor processor, Instruction place, FieldDefinition counters, int index)
    {
        Instruction first = processor.Create(OpCodes.Ldsfld, counters);
        processor.InsertBefore(place, first);
        processor.InsertBefore(place, processor.Create(OpCodes.Ldc_I4, index));
        processor.InsertBefore(place, processor.Create(OpCodes.Ldelema, processor.Body.Method.Module.TypeSystem.Byte));
        processor.InsertBefore(place, processor.Create(OpCodes.Dup));
        processor.InsertBefore(place, processor.Create(OpCodes.Ldind_U1));
        processor.InsertBefore(place, processor.Create(OpCodes.Ldc_I4, 1));
        processor.InsertBefore(place, processor.Create(OpCodes.Add));
        processor.InsertBefore(place, processor.Create(OpCodes.Conv_U1));
        processor.InsertBefore(place, processor.Create(OpCodes.Stind_I1));
        return first;
    }

    /// <summary>A jump to a statement goes to its counter.</summary>
    private static void Redirect(MethodBody body, Dictionary<Instruction, Instruction> moved)
    {
        Instruction? To(Instruction? old) => old is not null && moved.TryGetValue(old, out Instruction? counter) ? counter : old;
        foreach (Instruction instruction in body.Instructions)
        {
            instruction.Operand = instruction.Operand switch
            {
                Instruction target => To(target),
                Instruction[] several => Array.ConvertAll(several, target => To(target)!),
                var other => other,
            };
        }

        foreach (ExceptionHandler handler in body.ExceptionHandlers)
        {
            (handler.TryStart, handler.TryEnd) = (To(handler.TryStart), To(handler.TryEnd));
            (handler.HandlerStart, handler.HandlerEnd) = (To(handler.HandlerStart), To(handler.HandlerEnd));
            handler.FilterStart = To(handler.FilterStart);
        }
    }
}

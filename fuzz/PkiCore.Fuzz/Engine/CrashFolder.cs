using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Engine;

/// <summary>Keeps what crashed: the input in a file named by its hash, and beside it what was thrown.</summary>
internal sealed class CrashFolder(string root)
{
    private const int MaxPerFault = 3;
    private readonly Dictionary<string, int> _faults = new(StringComparer.Ordinal);

    public int Count { get; private set; }

    /// <summary>Two failures of the same kind at the same place are the same fault; of each a few inputs are enough.</summary>
    public static string FaultOf(Exception failure)
    {
        string place = failure.StackTrace?.Split('\n').FirstOrDefault(line => !line.Contains("Oracle.", StringComparison.Ordinal)) ?? "";
        return $"{failure.GetType().Name} {place.Trim()}";
    }

    public void Keep(FuzzTarget target, byte[] input, Exception failure)
    {
        Count++;
        string fault = $"{target.Name} {FaultOf(failure)}";
        int before = _faults.GetValueOrDefault(fault);
        _faults[fault] = before + 1;
        if (before >= MaxPerFault)
        {
            return;
        }

        string folder = Path.Combine(root, target.Name);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, CorpusFolder.NameOf(input));
        File.WriteAllBytes(file, input);
        File.WriteAllText(file + ".txt", $"{Convert.ToHexString(input)}\n{failure}\n");
        Console.Error.WriteLine($"\n{target}: {failure.GetType().Name}: {failure.Message}\n  input: {file}\n  {fault}");
    }
}

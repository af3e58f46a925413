using System.Globalization;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>What all scenarios share: settings, a folder for their files, and where they say how it goes.</summary>
internal sealed class ScenarioRoom : IDisposable
{
    private readonly Dictionary<string, CaFolder> _authorities = [];
    private readonly TextWriter _log;
    private int _files;

    public ScenarioRoom(ScenarioSettings settings, TextWriter log)
    {
        (Settings, _log) = (settings, log);
        // Not in /tmp, which may be memory: snapshots and CRLs are to be on a disk.
        FullPath = Directory.CreateDirectory(Checkout.PathOf(string.Create(CultureInfo.InvariantCulture, $"artifacts/scenarios-{Environment.ProcessId}"))).FullName;
    }

    public ScenarioSettings Settings { get; }

    public string FullPath { get; }

    /// <summary>A path that nothing has yet.</summary>
    public string NewPath(string name) => Path.Combine(FullPath, string.Create(CultureInfo.InvariantCulture, $"{++_files}-{name}"));

    /// <summary>A CA and its index, made when they are asked for first.</summary>
    public CaFolder GetAuthority(string name, int certificates, int revokedEvery)
    {
        if (!_authorities.TryGetValue(name, out CaFolder? authority))
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"writing an index of {certificates:N0} certificates"));
            authority = CaFolder.Create(Path.Combine(FullPath, name), certificates, revokedEvery);
            _authorities.Add(name, authority);
        }

        return authority;
    }

    /// <summary>Removes the files of a CA that is not needed any more: they are large.</summary>
    public void Forget(string name)
    {
        if (_authorities.Remove(name, out CaFolder? authority))
        {
            Directory.Delete(authority.FullPath, recursive: true);
        }
    }

    public void Report(string text) => _log.WriteLine($"  {text}");

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}

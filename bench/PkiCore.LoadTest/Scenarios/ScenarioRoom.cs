using System.Globalization;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>What all scenarios share: settings, a folder for their files, and where they say how it goes.</summary>
internal sealed class ScenarioRoom : IDisposable
{
    private readonly TextWriter _log;
    private (string Name, CaFolder Folder)? _authority;
    private int _files;

    public ScenarioRoom(ScenarioSettings settings, TextWriter log)
    {
        (Settings, _log) = (settings, log);
        // Not in /tmp, which may be memory: snapshots and CRLs are to be on a disk.
        FullPath = Directory.CreateDirectory(Checkout.PathOf(string.Create(CultureInfo.InvariantCulture, $"artifacts/scenarios-{Environment.ProcessId}"))).FullName;
    }

    public ScenarioSettings Settings { get; }

    public string FullPath { get; }

    /// <summary>A path that nothing has yet; in the folder of the CA, where there is one, so that it goes with it.</summary>
    public string NewPath(string name) => Path.Combine(_authority?.Folder.FullPath ?? FullPath, string.Create(CultureInfo.InvariantCulture, $"{++_files}-{name}"));

    /// <summary>A CA and its index, made when they are asked for first. The files of the one before, which are large, are removed: its hosts have ended.</summary>
    public CaFolder GetAuthority(string name, int certificates, int revokedEvery)
    {
        if (_authority is { } last && last.Name == name)
        {
            return last.Folder;
        }

        if (_authority is { } other)
        {
            _authority = null;
            Directory.Delete(other.Folder.FullPath, recursive: true);
        }

        Report(string.Create(CultureInfo.InvariantCulture, $"writing an index of {certificates:N0} certificates"));
        var authority = CaFolder.Create(Path.Combine(FullPath, name), certificates, revokedEvery);
        _authority = (name, authority);
        return authority;
    }

    public void Report(string text) => _log.WriteLine($"  {text}");

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}

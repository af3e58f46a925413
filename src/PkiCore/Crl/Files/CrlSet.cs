using System.Collections.Frozen;
using PkiCore.Status;

namespace PkiCore.Crl.Files;

/// <summary>The CRLs that are served at one time, by file name. Never modified: the next set replaces it.</summary>
internal sealed class CrlSet
{
    public const int MaxFiles = 100_000;

    private const int MaxNamedProblems = 3;

    private readonly FrozenDictionary<string, RefusedFile> _refused;

    private CrlSet(CrlPlace place, IReadOnlyDictionary<string, StoredCrl> files, IReadOnlyDictionary<string, RefusedFile> refused, int opened)
    {
        Place = place;
        Opened = opened;
        Files = files.ToFrozenDictionary(StringComparer.Ordinal);
        _refused = refused.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public static CrlSet Empty { get; } = new(default, FrozenDictionary<string, StoredCrl>.Empty, FrozenDictionary<string, RefusedFile>.Empty, 0);

    public CrlPlace Place { get; }

    /// <summary>How many of the files the set before did not have.</summary>
    public int Opened { get; }

    public FrozenDictionary<string, StoredCrl> Files { get; }

    /// <summary>What is wrong with it although it is served.</summary>
    public string? Problem
    {
        get
        {
            string reasons = string.Join("; ", _refused.OrderBy(file => file.Key, StringComparer.Ordinal).Take(MaxNamedProblems).Select(file => $"{file.Key}: {file.Value.Reason}"));
            return _refused.Count > 0 ? $"files that are not served: {_refused.Count} ({reasons})"
                : Files.Count == 0 ? $"there is no CRL in {Place.Path}"
                : null;
        }
    }

    /// <summary>Makes the set of what is in a directory now. Files that are the same as before are not opened again.</summary>
    /// <returns><paramref name="before"/> when nothing has changed; else a set that holds references of its own.</returns>
    /// <exception cref="IOException">The directory, or a file of a publication, cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    /// <exception cref="InvalidDataException">A publication has a file that is not a CRL, or none; or there are too many files.</exception>
    public static CrlSet Load(CrlPlace place, CrlSet before, int maxFiles = MaxFiles)
    {
        var loading = new Loading(place, before, maxFiles);
        try
        {
            foreach (string path in Directory.EnumerateFiles(place.Path, "*.crl"))
            {
                loading.Add(path);
            }

            return loading.Complete();
        }
        catch
        {
            ReleaseAll(loading.Files.Values);
            throw;
        }
    }

    public void Release() => ReleaseAll(Files.Values);

    private static void ReleaseAll(IEnumerable<StoredCrl> files)
    {
        foreach (StoredCrl file in files)
        {
            file.Release();
        }
    }

    /// <summary>A file that is no CRL. It is looked at again when it changes.</summary>
    private sealed record RefusedFile(FileIdentity Identity, string Reason);

    private sealed class Loading(CrlPlace place, CrlSet before, int maxFiles)
    {
        private readonly Dictionary<string, RefusedFile> _refused = new(StringComparer.Ordinal);
        private bool _hasChanged = place != before.Place;
        private int _opened;

        public Dictionary<string, StoredCrl> Files { get; } = new(StringComparer.Ordinal);

        public void Add(string path)
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith('.'))
            {
                return; // somebody's temporary file
            }

            if (Files.Count + _refused.Count == maxFiles)
            {
                throw new InvalidDataException($"{place.Path} has more than {maxFiles} CRLs");
            }

            StoredCrl? old = before.Files.GetValueOrDefault(name);
            FileIdentity identity = default;
            try
            {
                identity = FileIdentity.Of(path);
                if (!TryKeep(name, identity, old))
                {
                    Files.Add(name, StoredCrl.Open(path));
                    _opened++;
                }
            }
            catch (InvalidDataException e) when (place.IsPublication)
            {
                throw new InvalidDataException($"{path}: {e.Message}", e);
            }
            catch (InvalidDataException e)
            {
                Refuse(name, new RefusedFile(identity, e.Message), old);
            }
            catch (Exception e) when (!place.IsPublication && e is IOException or UnauthorizedAccessException)
            {
                Refuse(name, new RefusedFile(default, e.Message), old); // that may pass: it is tried again each time
            }
        }

        public CrlSet Complete()
        {
            if (place.IsPublication && Files.Count == 0)
            {
                throw new InvalidDataException($"there is no CRL in {place.Path}");
            }

            if (_hasChanged || _opened > 0 || Files.Count != before.Files.Count || _refused.Count != before._refused.Count)
            {
                return new CrlSet(place, Files, _refused, _opened);
            }

            ReleaseAll(Files.Values);
            return before;
        }

        private bool TryKeep(string name, FileIdentity identity, StoredCrl? old)
        {
            if (!place.IsPublication && before._refused.TryGetValue(name, out RefusedFile? refused) && refused.Identity == identity)
            {
                Refuse(name, refused, old);
                return true;
            }

            if (old is null || !IsSame(old.Identity, identity))
            {
                return false;
            }

            Share(name, old);
            return true;
        }

        /// <summary>The time of change does not count in a publication: a hard link in the next one changes it. The inode does: it is not given to
        /// another file while this one is open.</summary>
        private bool IsSame(FileIdentity a, FileIdentity b) =>
            place.IsPublication ? a.Inode != 0 && a with { ChangedTicks = 0 } == b with { ChangedTicks = 0 } : a == b;

        /// <summary>What was replaced by something worse is served on; but not what was overwritten: its bytes are gone.</summary>
        private void Refuse(string name, RefusedFile refused, StoredCrl? old)
        {
            _hasChanged |= !before._refused.TryGetValue(name, out RefusedFile? known) || known != refused;
            _refused.Add(name, refused);
            if (old is not null && old.Identity.Inode != refused.Identity.Inode)
            {
                Share(name, old);
            }
        }

        private void Share(string name, StoredCrl old)
        {
            old.TryAddReference(); // the set before still holds one
            Files.Add(name, old);
        }
    }
}

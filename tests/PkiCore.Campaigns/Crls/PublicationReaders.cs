using System.Collections.Concurrent;
using System.Numerics;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Crl;

namespace PkiCore.Campaigns.Crls;

/// <summary>Clients that read the folder all the time: file by file by the path, and all files through one open folder.</summary>
internal sealed class PublicationReaders : IAsyncDisposable
{
    private const int Attempts = 3;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(3);

    private readonly string _root;
    private readonly PublicationJudge _judge;
    private readonly FaultList _faults;
    private readonly ConcurrentDictionary<string, (string Digest, BigInteger Number)> _last = new(StringComparer.Ordinal);
    private readonly Readers _byPath;
    private readonly Readers _byFolder;
    private long _files;
    private long _folders;
    private long _replaced;

    public PublicationReaders(string root, int seed, PublicationJudge judge, FaultList faults)
    {
        (_root, _judge, _faults) = (root, judge, faults);
        _byPath = new Readers(1, seed, ReadByPathAsync);
        _byFolder = new Readers(1, seed, ReadFolderAsync);
    }

    /// <summary>How many files were read by their path.</summary>
    public long Files => Interlocked.Read(ref _files);

    /// <summary>How often all files were read through one open folder.</summary>
    public long Folders => Interlocked.Read(ref _folders);

    /// <summary>How often the folder was removed meanwhile.</summary>
    public long Replaced => Interlocked.Read(ref _replaced);

    public async Task StopAsync()
    {
        await _byPath.StopAsync();
        await _byFolder.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _byPath.DisposeAsync();
        await _byFolder.DisposeAsync();
    }

    private async Task ReadByPathAsync(Random random, CancellationToken cancellationToken)
    {
        CrlScope scope = CrlSetup.Scopes[random.Next(CrlSetup.Scopes.Count)];
        string name = random.Next(2) == 0 ? scope.FileName : scope.DeltaFileName;
        if (TryRead(name) is { } encoded)
        {
            Interlocked.Increment(ref _files);
            string digest = CrlDocument.DigestOf(encoded);
            (string Digest, BigInteger Number) last = _last.GetValueOrDefault(name);
            if (digest != last.Digest)
            {
                _last[name] = (digest, _judge.JudgeFile(name, encoded, last.Number)); // by this reader alone
            }
        }
        else if (_last.ContainsKey(name))
        {
            _faults.Add(PublicationJudge.Unreadable, $"{name} was there, and is not any more");
        }

        await Task.Delay(s_pause, cancellationToken);
    }

    /// <summary>The kernel may find the folder of a publication just as it is removed because two others have followed.</summary>
    private byte[]? TryRead(string name)
    {
        for (int i = 0; i < Attempts; i++)
        {
            try
            {
                return File.ReadAllBytes(Path.Combine(PublicationFolder.CurrentOf(_root), name));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // once more
            }
        }

        return null;
    }

    private async Task ReadFolderAsync(Random random, CancellationToken cancellationToken)
    {
        try
        {
            if (PublicationFolder.TryRead(_root) is { } publication)
            {
                Interlocked.Increment(ref _folders);
                _judge.Judge(publication);
            }
            else
            {
                Interlocked.Increment(ref _replaced);
            }
        }
        catch (IOException e)
        {
            _faults.Add(PublicationJudge.Unreadable, e.Message);
        }

        await Task.Delay(s_pause * random.NextDouble(), cancellationToken);
    }
}

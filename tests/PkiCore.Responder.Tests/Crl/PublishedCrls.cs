using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using PkiCore.Crl.Following;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>A publisher in a folder of its own, and a source that tells what the test says.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PublishedCrls : IStatusSource, IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Channel<(StatusBatch Batch, TaskCompletionSource Applied)> _told = Channel.CreateUnbounded<(StatusBatch, TaskCompletionSource)>();
    private readonly DotNetSigner _signer;
    private DateTimeOffset _watermark = TimeProvider.System.GetUtcNow().AddMinutes(-5);
    private bool _isLoaded;

    private PublishedCrls(CrlAuthority authority, CrlPublisherOptions options)
    {
        _signer = authority.CreateSigner();
        options.Directory = _directory.FullPath;
        Publisher = new CrlPublisher(authority.Issuer, _signer, this, options);
    }

    public CrlPublisher Publisher { get; }

    public string Name => "the test";

    /// <summary>Starts a publisher whose first CRLs are published at the test's command.</summary>
    public static async Task<PublishedCrls> StartAsync(CrlAuthority authority, Action<CrlPublisherOptions>? configure = null)
    {
        var options = new CrlPublisherOptions();
        configure?.Invoke(options);
        var published = new PublishedCrls(authority, options);
        await published.Publisher.StartAsync(TestContext.Current.CancellationToken);
        return published;
    }

    public static StatusChange Status(string serial, DateTimeOffset? since, X509RevocationReason reason = X509RevocationReason.Unspecified) =>
        new(CrlFolder.Serial(serial), since is null ? CertificateStatus.Good : new CertificateStatus(since, reason), DateTimeOffset.MaxValue);

    /// <summary>Tells changes, and returns when they are applied.</summary>
    public Task TellAsync(params StatusChange[] changes)
    {
        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var batch = new StatusBatch
        {
            Kind = _isLoaded ? StatusBatchKind.Changes : StatusBatchKind.CompleteStateEnd,
            Changes = changes,
            Watermark = _watermark,
        };
        _isLoaded = true;
        _watermark = _watermark.AddSeconds(1); // no two CRLs of one name have one thisUpdate
        Assert.True(_told.Writer.TryWrite((batch, applied)));
        return applied.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Publishes everything as of a time that nothing was published as of.</summary>
    public async Task PublishAsync()
    {
        await TellAsync();
        await Publisher.PublishAsync(TestContext.Current.CancellationToken);
    }

    public string PathOf(string name) => Path.Combine(_directory.FullPath, "current", name);

    /// <summary>Copies a file that the next publications replace.</summary>
    public string Keep(string name)
    {
        string copy = _directory.File($"{Guid.NewGuid():N}.crl");
        File.Copy(PathOf(name), copy);
        return copy;
    }

    public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach ((StatusBatch batch, TaskCompletionSource applied) in _told.Reader.ReadAllAsync(cancellationToken))
        {
            yield return batch;
            applied.SetResult(); // the next one is asked for
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Publisher.DisposeAsync();
        _signer.Dispose();
        _directory.Dispose();
    }
}

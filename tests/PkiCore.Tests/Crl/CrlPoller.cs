using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Status;
using PkiCore.Tests.Serving;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>What one look at the CRLs brought.</summary>
internal sealed record CrlPoll(IReadOnlyList<StatusBatch> Batches)
{
    public StatusBatch Last => Batches[^1];

    public StatusVerdict Verdict => Last.Verdict;

    public string Problem => Last.Problem ?? "";

    public IReadOnlyList<StatusChange> Changes => [.. Batches.SelectMany(batch => batch.Changes)];

    /// <summary>All changes in a line, such as <c>01 KeyCompromise, 02 good</c>, in the order of the serial numbers.</summary>
    public string Text => string.Join(", ", Changes.OrderBy(change => change.Serial.ToString(), StringComparer.Ordinal)
        .Select(change => $"{change.Serial} {(change.Status.IsRevoked ? change.Status.Reason : "good")}"));
}

/// <summary>A directory of CRLs, and a source that looks at it when the test says so: each second.</summary>
internal sealed class CrlPoller : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Issuer? _issuer;
    private CancellationTokenSource _stop = new();
    private IAsyncEnumerator<StatusBatch>? _batches;
    private Task<bool>? _next;

    public CrlPoller(Issuer? issuer = null, DateTimeOffset? now = null)
    {
        _deadline.CancelAfter(TimeSpan.FromMinutes(1));
        _issuer = issuer;
        Clock = new ManualTimeProvider(now ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Path = _directory.FullPath;
        Options.PollInterval = Interval;
    }

    public ManualTimeProvider Clock { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public TestAuthority Authority { get; } = CreateAuthority("CN=Test CA");

    /// <summary>Where the source looks; the directory, unless the test says otherwise.</summary>
    public string Path { get; set; }

    public CrlStatusSourceOptions Options { get; } = new();

    public static TestAuthority CreateAuthority(string name) => new(name, X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign);

    /// <summary>A complete CRL of now, for a day.</summary>
    public SignedCrl Full(int number, params Revoked[] entries) => new() { ThisUpdate = Now, NextUpdate = Now.AddDays(1), Number = number, Entries = entries };

    /// <summary>A delta CRL of now, for an hour.</summary>
    public SignedCrl Delta(int number, int baseNumber, params Revoked[] entries) =>
        new() { ThisUpdate = Now, NextUpdate = Now.AddHours(1), Number = number, BaseNumber = baseNumber, Entries = entries };

    public string File(string name) => System.IO.Path.Combine(_directory.FullPath, name);

    public void Write(SignedCrl crl, string name = "ca.crl", TestAuthority? authority = null) => Write(crl.Sign(authority ?? Authority), name);

    /// <summary>Puts a file in its place at once.</summary>
    public void Write(byte[] contents, string name)
    {
        System.IO.File.WriteAllBytes(File(name + ".new"), contents);
        System.IO.File.Move(File(name + ".new"), File(name), overwrite: true);
    }

    public void Delete(string name) => System.IO.File.Delete(File(name));

    /// <summary>Lets time go by without a look: timers do not notice.</summary>
    public void Pass(TimeSpan time) => Clock.StepUtcNow(Now + time);

    /// <summary>Lets the source look once, after the interval.</summary>
    public Task<CrlPoll> PollAsync()
    {
        if (_batches is null)
        {
            Start(default);
        }
        else
        {
            Clock.Advance(Interval);
        }

        return FinishAsync();
    }

    /// <summary>Writes a CRL and looks.</summary>
    public Task<CrlPoll> PollAsync(SignedCrl crl, string name = "ca.crl")
    {
        Write(crl, name);
        return PollAsync();
    }

    /// <summary>Begins another enumeration, as after a restart, and looks.</summary>
    public async Task<CrlPoll> RestartAsync(SourcePosition from)
    {
        await StopAsync();
        Start(from);
        return await FinishAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _deadline.Dispose();
        _directory.Dispose();
        Authority.Dispose();
    }

    private async Task<CrlPoll> FinishAsync()
    {
        List<StatusBatch> batches = [];
        do
        {
            Assert.True(await _next!.WaitAsync(_deadline.Token));
            batches.Add(_batches!.Current);
            _next = _batches.MoveNextAsync().AsTask(); // what follows at once is of the same look; what waits, waits for the timer
        }
        while (_next.IsCompleted);
        return new CrlPoll(batches);
    }

    /// <summary>Ends the enumeration, which waits for the timer.</summary>
    private async Task StopAsync()
    {
        if (_batches is not null)
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _next!);
            await _batches.DisposeAsync();
            _stop.Dispose();
        }
    }

    private void Start(SourcePosition from)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token);
        _batches = new CrlStatusSource(_issuer ?? Authority.Issuer, Path, Options, Clock).ReadAsync(from, CancellationToken.None).GetAsyncEnumerator(_stop.Token);
        _next = _batches.MoveNextAsync().AsTask();
    }
}

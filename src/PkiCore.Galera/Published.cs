namespace PkiCore.Galera;

/// <summary>A value that one side replaces and others wait for. Safe for use from several threads; nobody misses the latest value, earlier ones may be passed over.</summary>
internal sealed class Published<T>(T value)
    where T : class
{
    private volatile Entry _entry = new(value);

    public T Value => _entry.Value;

    public void Set(T value)
    {
        Entry before = _entry;
        _entry = new Entry(value);
        before.Replaced.SetResult();
    }

    /// <summary>Returns once the value is another object than that.</summary>
    public async Task WaitForOtherAsync(T known, CancellationToken cancellationToken)
    {
        Entry entry = _entry;
        if (ReferenceEquals(entry.Value, known))
        {
            await entry.Replaced.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Entry(T value)
    {
        public T Value => value;

        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

namespace PkiCore.Testing;

/// <summary>
/// One lab for a run of tests, as a fixture of the assembly. It comes up with the first test that asks for it, so that tests without
/// it need neither root nor servers. Tests that use it must not run in parallel.
/// </summary>
public sealed class LabFixture : IAsyncDisposable
{
    private Lab? _lab;
    private Exception? _failure;

    /// <summary>The lab, with all nodes Synced whatever the test before did to it.</summary>
    public async Task<Lab> HealthyAsync(CancellationToken cancellationToken)
    {
        if (_failure is not null)
        {
            // The next test would wait as long for the same.
            throw new InvalidOperationException(_failure.Message, _failure);
        }

        if (_lab is not null)
        {
            try
            {
                await _lab.RepairAsync(cancellationToken);
                return _lab;
            }
            catch (ToolException)
            {
                // What cannot be repaired is replaced, so that one test's damage is not the next one's failure.
                _lab = null;
            }
        }

        try
        {
            return _lab = await Lab.StartAsync(cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failure = e;
            throw;
        }
    }

    public ValueTask DisposeAsync() => _lab is null ? ValueTask.CompletedTask : _lab.DisposeAsync();
}

namespace PkiCore.Campaigns.Galera;

/// <summary>Something that happens to the lab, and is over when its task is.</summary>
/// <param name="Name">What it is.</param>
/// <param name="HappenAsync">Does it to a node, or to all, and takes it back after the time given.</param>
internal sealed record LabFault(string Name, Func<Lab, int, TimeSpan, CancellationToken, Task> HappenAsync)
{
    /// <summary>One of each class that the short form of the campaign has to show, and then the others.</summary>
    public static IReadOnlyList<LabFault> All { get; } =
    [
        new("kill", async (lab, node, duration, token) =>
        {
            await lab.KillAsync(node, token);
            await Task.Delay(duration, token);
            await lab.StartNodeAsync(node, token);
        }),
        new("partition", async (lab, node, duration, token) =>
        {
            await lab.PartitionAsync(node, token);
            await Task.Delay(duration, token);
            await lab.HealAsync(token);
            await lab.WaitAsync(token);
        }),
        new("state transfer", async (lab, node, duration, token) =>
        {
            await lab.WipeAsync(node, token);
            await Task.Delay(duration, token);
            await lab.StartNodeAsync(node, token);
        }),
        new("outage", async (lab, _, duration, token) =>
        {
            await Task.WhenAll(lab.Nodes.Select(node => lab.KillAsync(node, token)));
            await Task.Delay(duration, token);
            await lab.RepairAsync(token);
        }),
        new("pause", async (lab, node, duration, token) =>
        {
            await lab.PauseAsync(node, token);
            await Task.Delay(duration, token);
            await lab.ResumeAsync(node, token);
            await lab.RepairAsync(token);
        }),
        new("stop", async (lab, node, duration, token) =>
        {
            await lab.StopAsync(node, token);
            await Task.Delay(duration, token);
            await lab.StartNodeAsync(node, token);
        }),
        new("isolation", async (lab, node, duration, token) =>
        {
            await lab.IsolateAsync(node, token);
            await Task.Delay(duration, token);
            await lab.HealAsync(token);
            await lab.WaitAsync(token);
        }),
        new("delay", async (lab, node, duration, token) =>
        {
            await lab.DelayAsync(node, TimeSpan.FromMilliseconds(40), token);
            await Task.Delay(duration, token);
            await lab.DelayAsync(node, TimeSpan.Zero, token);
        }),
    ];
}

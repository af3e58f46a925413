using System.Diagnostics;

namespace PkiCore.Campaigns.Harness;

/// <summary>Runs a campaign from its first stage to its verdict.</summary>
internal static class CampaignRunner
{
    /// <returns>The exit code: 0 when every promise was kept, else 1.</returns>
    public static async Task<int> RunAsync(CampaignEntry entry, int seed, CampaignLimit limit, CancellationToken cancellationToken)
    {
        Console.WriteLine($"campaign {entry.Name} --seed {seed} {limit}");
        var context = new CampaignContext(seed, CreateFolder($"{entry.Name}-{seed}"));
        bool passed;
        Campaign campaign = entry.Create(context);
        await using (campaign)
        {
            await RunAsync(campaign, seed, limit, cancellationToken);
            passed = Report(campaign);
        }

        if (passed)
        {
            Directory.Delete(context.Folder, recursive: true);
            return 0;
        }

        Console.WriteLine($"FAILED; the journal and all files are in {context.Folder}");
        return 1;
    }

    private static async Task RunAsync(Campaign campaign, int seed, CampaignLimit limit, CancellationToken cancellationToken)
    {
        try
        {
            await campaign.ArrangeAsync(cancellationToken);
            var random = new Random(seed);
            var watch = Stopwatch.StartNew();
            int rounds = 0;
            await using (new ProgressReport(() => $"{limit.Describe(watch.Elapsed, rounds)}: {campaign.Progress}"))
            {
                // After a fault the journal should end near it.
                while (!limit.IsReached(watch.Elapsed, rounds) && campaign.Faults.Total == 0)
                {
                    await campaign.DisturbAsync(random, cancellationToken);
                    rounds++;
                }
            }

            await campaign.JudgeAsync(cancellationToken);
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever ends a campaign early is its verdict
        catch (Exception e)
#pragma warning restore CA1031
        {
            campaign.Faults.Add("broken off", e.ToString());
        }
    }

    private static bool Report(Campaign campaign)
    {
        foreach ((string name, string value) in campaign.Figures)
        {
            Console.WriteLine($"  {name,-36} {value,12}");
        }

        foreach (string fault in campaign.Faults.Examples)
        {
            Console.WriteLine($"  fault: {fault}");
        }

        return campaign.Faults.Total == 0;
    }

    private static string CreateFolder(string name)
    {
        string folder = Checkout.PathOf($"artifacts/campaigns/{name}");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return Directory.CreateDirectory(folder).FullName;
    }
}

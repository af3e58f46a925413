using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;

namespace PkiCore.Campaigns.Harness;

/// <summary>The command line: NAME --seed N --duration T, or --rounds N.</summary>
internal static class CampaignCommands
{
    public static Task<int> RunAsync(string[] arguments, IEnumerable<CampaignEntry> campaigns)
    {
        var root = new RootCommand("Runs a campaign: NAME --seed N --duration T, or --rounds N. Exit code 0 when every promise was kept, 1 when not.");
        foreach (CampaignEntry campaign in campaigns)
        {
            root.Add(Create(campaign));
        }

        return root.Parse(arguments).InvokeAsync();
    }

    private static Command Create(CampaignEntry campaign)
    {
        var seed = new Option<int>("--seed") { Description = "Repeats the choices of an earlier run; random if left out", HelpName = "N", DefaultValueFactory = _ => RandomNumberGenerator.GetInt32(int.MaxValue) };
        var duration = new Option<TimeSpan>("--duration") { Description = "How long to disturb: 15s, 5m or 2h", HelpName = "T", DefaultValueFactory = _ => TimeSpan.FromSeconds(15), CustomParser = ParseDuration };
        var rounds = new Option<int?>("--rounds") { Description = "How often to disturb, instead of for how long", HelpName = "N" };
        var command = new Command(campaign.Name, campaign.Description) { seed, duration, rounds };
        command.SetAction((result, cancellationToken) =>
            CampaignRunner.RunAsync(campaign, result.GetValue(seed), new CampaignLimit(result.GetValue(duration), result.GetValue(rounds)), cancellationToken));
        return command;
    }

    private static TimeSpan ParseDuration(ArgumentResult result)
    {
        if (Duration.TryParse(result.Tokens.Single().Value, out TimeSpan duration))
        {
            return duration;
        }

        result.AddError($"'{result.Tokens.Single().Value}' is no duration: 15s, 5m and 2h are.");
        return default;
    }
}

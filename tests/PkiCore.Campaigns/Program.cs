using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.IndexChurn;
using PkiCore.Campaigns.Rollover;

// A new campaign is one class and one line here.
return await CampaignCommands.RunAsync(args,
[
    new("index-churn", "An index.txt is rewritten in every good and bad way while readers verify every answer.", context => new IndexChurnCampaign(context)),
    new("rollover", "The delegated signer is replaced again and again while readers verify every answer.", context => new RolloverCampaign(context)),
]);

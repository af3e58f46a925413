using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.IndexChurn;
using PkiCore.Campaigns.Rollover;
using PkiCore.Campaigns.TableChurn;

// A new campaign is one class and one line here.
return await CampaignCommands.RunAsync(args,
[
    new("index-churn", "An index.txt is rewritten in every good and bad way while readers verify every answer.", context => new IndexChurnCampaign(context)),
    new("table-churn", "Status, additions, expiry, signers and snapshots disturb the table in this process while readers verify every answer.", context => new TableChurnCampaign(context)),
    new("rollover", "The delegated signer is replaced again and again while readers verify every answer.", context => new RolloverCampaign(context)),
]);

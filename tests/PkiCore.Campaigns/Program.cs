using PkiCore.Campaigns.ClockSteps;
using PkiCore.Campaigns.Crls;
using PkiCore.Campaigns.FullDisk;
using PkiCore.Campaigns.Galera;
using PkiCore.Campaigns.Harness;
using PkiCore.Campaigns.IndexChurn;
using PkiCore.Campaigns.KillRestart;
using PkiCore.Campaigns.Rollover;
using PkiCore.Campaigns.TableChurn;

if (args is [PublishingProgram.Command, ..])
{
    return await PublishingProgram.RunAsync(args);
}

// A new campaign is one class and one line here.
return await CampaignCommands.RunAsync(args,
[
    new("galera", "Nodes of a real cluster are killed, cut off, paused and emptied while writers write on all of them and two edges answer.", context => new GaleraCampaign(context)),
    new("index-churn", "An index.txt is rewritten in every good and bad way while readers verify every answer.", context => new IndexChurnCampaign(context)),
    new("clock-steps", "The clock is set forward and back in this process while the source tells changes and readers verify every answer.", context => new ClockStepsCampaign(context)),
    new("crl-kill", "A process that publishes CRLs is killed at any moment and started again while readers verify every CRL.", context => new CrlKillCampaign(context)),
    new("crl-full-disk", "The disk for CRLs is full again and again while readers verify every CRL.", context => new CrlFullDiskCampaign(context)),
    new("full-disk", "The disk for snapshots is full again and again while readers verify every answer.", context => new FullDiskCampaign(context)),
    new("kill-restart", "The host is killed at any moment and started again while readers verify every answer.", context => new KillRestartCampaign(context)),
    new("table-churn", "Status, additions, expiry, signers and snapshots disturb the table in this process while readers verify every answer.", context => new TableChurnCampaign(context)),
    new("rollover", "The delegated signer is replaced again and again while readers verify every answer.", context => new RolloverCampaign(context)),
]);

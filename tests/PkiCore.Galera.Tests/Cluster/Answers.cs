using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

/// <summary>What nodes say of themselves.</summary>
internal static class Answers
{
    public const string Uuid = "6b6ab5ac-c6a4-11f0-8f5e-0242ac110002";
    public const string OtherUuid = "11111111-c6a4-11f0-8f5e-0242ac110002";

    /// <summary>SHOW GLOBAL STATUS of a node that is well, but for what is given.</summary>
    public static Dictionary<string, string> Synced(params (string Name, string Value)[] differences)
    {
        var values = new Dictionary<string, string>
        {
            ["wsrep_ready"] = "ON",
            ["wsrep_cluster_status"] = "Primary",
            ["wsrep_local_state"] = "4",
            ["wsrep_local_state_comment"] = "Synced",
            ["wsrep_cluster_size"] = "3",
            ["wsrep_cluster_state_uuid"] = Uuid,
            ["wsrep_last_committed"] = "1234",
            ["wsrep_flow_control_paused_ns"] = "1000000",
            ["wsrep_local_recv_queue"] = "7",
            ["wsrep_local_recv_queue_avg"] = "0.5",
            ["wsrep_incoming_addresses"] = "10.0.0.1:3306,10.0.0.2:3306,10.0.0.3:3306",
        };
        foreach ((string name, string value) in differences)
        {
            values[name] = value;
        }

        return values;
    }

    /// <summary>An answer of now.</summary>
    public static ProbeResult Result(TimeProvider clock, double milliseconds, params (string Name, string Value)[] differences) =>
        Result(clock, milliseconds, TimeSpan.Zero, differences);

    /// <summary>An answer of now, by a node whose clock is ahead.</summary>
    public static ProbeResult Result(TimeProvider clock, double milliseconds, TimeSpan offset, params (string Name, string Value)[] differences)
    {
        long asked = clock.GetTimestamp();
        TimeSpan roundTrip = TimeSpan.FromMilliseconds(milliseconds);
        return new ProbeResult(asked)
        {
            Status = NodeStatus.Parse(Synced(differences)),
            Settings = new NodeSettings(0, 1, false, "10.11.14-MariaDB"),
            Clock = new ClockReading(clock.GetUtcNow() + offset + (roundTrip / 2), asked, roundTrip),
        };
    }

    public static ProbeResult Fault(TimeProvider clock, string fault = "connection refused") => new(clock.GetTimestamp()) { Fault = fault };
}

using System.Data.Common;

namespace PkiCore.Galera;

/// <summary>One node of a cluster, as it is configured.</summary>
/// <param name="Name">The node for people; unique within the cluster.</param>
/// <param name="DataSource">
/// Connects to this node and no other, as any ADO.NET provider for MariaDB does. Parameters are positional (<c>?</c>); times are UTC. It is not disposed with the cluster.
/// A provider other than PkiCore.MariaDb has to open a new connection each time (<c>Pooling=false</c>): after COM_RESET_CONNECTION a node ignores wsrep_sync_wait.
/// </param>
public sealed record GaleraNode(string Name, DbDataSource DataSource);

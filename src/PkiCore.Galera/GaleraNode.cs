using System.Data.Common;

namespace PkiCore.Galera;

/// <summary>One node of a cluster, as it is configured.</summary>
/// <param name="Name">The node for people; unique within the cluster.</param>
/// <param name="DataSource">
/// Connects to this node and no other, as any ADO.NET provider for MariaDB does. Parameters are positional (<c>?</c>); times are UTC. It is not disposed with the cluster.
/// </param>
public sealed record GaleraNode(string Name, DbDataSource DataSource);

using System.Data.Common;
using System.Globalization;

namespace PkiCore.Galera.Cluster;

/// <summary>Why a node did not answer, in words that a person can act on.</summary>
internal static class ProbeFault
{
    public static string Describe(Exception exception, TimeSpan timeout) => exception switch
    {
        DbException e => Describe(e),
        OperationCanceledException => NoAnswer(timeout),
        _ => OneLine(exception.Message),
    };

    public static string NoAnswer(TimeSpan timeout) =>
        string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds:0.###} s: look whether the machine, the network and mariadbd are well");

    private static string Describe(DbException e)
    {
        string message = OneLine(e.Message);
        return ServerError.Number(e) switch
        {
            ServerError.AccessDenied => $"{message}: check the user, its password and the subject of the client certificate",
            ServerError.TooManyConnections => $"{message}: raise max_connections or find out who holds them",
            ServerError.HostIsBlocked => $"{message}: FLUSH HOSTS on the node",
            ServerError.HostNotPrivileged => $"{message}: the user may not connect from this machine",
            _ => message,
        };
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}

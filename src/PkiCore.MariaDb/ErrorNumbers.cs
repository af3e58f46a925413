namespace PkiCore.MariaDb;

/// <summary>What error numbers mean for the connection and for a second try.</summary>
internal static class ErrorNumbers
{
    internal const int ConnectionFailed = 2002;
    internal const int HostConnectionFailed = 2003;
    internal const int OutOfMemory = 2008;
    internal const int ServerLost = 2013;
    internal const int SslConnectionFailed = 2026;
    internal const int Malformed = 2027;
    private const int PacketTooLarge = 1153;

    // What was too large is too large again.
    internal static bool IsTransient(int number) => (IsLost(number) && number != PacketTooLarge) || number is
        1020 or // ER_CHECKREAD: the record has changed
        1040 or // ER_CON_COUNT_ERROR: too many connections
        1047 or // ER_UNKNOWN_COM_ERROR: a Galera node that is not ready
        1053 or // ER_SERVER_SHUTDOWN
        1205 or // ER_LOCK_WAIT_TIMEOUT; of a causal read: cannot prove causality now
        1213 or // ER_LOCK_DEADLOCK
        1927 or // ER_CONNECTION_KILLED
        2002 or // CR_CONNECTION_ERROR
        2003; // CR_CONN_HOST_ERROR

    /// <summary>The connection is gone.</summary>
    internal static bool IsLost(int number) => number is
        1053 or
        1152 or // ER_ABORTING_CONNECTION
        PacketTooLarge or // ER_NET_PACKET_TOO_LARGE: the server closes
        1158 or 1159 or 1160 or 1161 or // ER_NET_READ_ERROR and its kin
        1184 or // ER_NEW_ABORTING_CONNECTION
        1927 or
        2006 or // CR_SERVER_GONE_ERROR
        2013 or // CR_SERVER_LOST
        2055; // CR_SERVER_LOST_EXTENDED

    /// <summary>The connection cannot be used any more: it is gone, or client and server no longer agree on where they are.</summary>
    internal static bool EndsConnection(int number) => IsLost(number) || number is
        2000 or 2008 or 2012 or 2014 or 2020 or 2026 or 2027 or 2068 or 5001;
}

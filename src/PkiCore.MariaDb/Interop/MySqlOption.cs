namespace PkiCore.MariaDb.Interop;

/// <summary>enum mysql_option, as far as it is used here.</summary>
internal enum MySqlOption
{
    ConnectTimeout = 0,
    CharacterSetName = 7,
    LocalInfile = 8,
    Protocol = 9,
    ReadTimeout = 11,
    WriteTimeout = 12,
    ReportDataTruncation = 19,
    Reconnect = 20,
    SslVerifyServerCertificate = 21,
    PluginDirectory = 22,
    SslKey = 25,
    SslCertificate = 26,
    SslCa = 27,
    SslEnforce = 38,
    MaxAllowedPacket = 39,
    TlsVersion = 7005,
    MultiStatements = 7021,
    IoWait = 7024,
    RestrictedAuthentication = 7026,
}

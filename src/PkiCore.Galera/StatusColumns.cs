using System.Data.Common;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>How the state of a certificate stands in the columns of certificate and status_change. One reader, one thread: it keeps a buffer.</summary>
internal sealed class StatusColumns
{
    /// <summary>The columns, in the order in which <see cref="Read"/> expects them.</summary>
    public const string List = "serial, status, reason, revoked_at, invalidity_date, not_after, crl_shard, is_ca";

    /// <summary>How many they are.</summary>
    public const int Count = 8;

    /// <summary>What stands for an end of validity that nobody knows: the latest time that DATETIME(6) holds.</summary>
    private static readonly DateTimeOffset s_unknownEnd = Time.ToMicroseconds(DateTimeOffset.MaxValue);

    private readonly byte[] _serial = new byte[SerialNumber.MaxLength];

    /// <summary>Reads a row without allocating.</summary>
    /// <param name="row">The row.</param>
    /// <param name="first">Where the columns begin.</param>
    /// <exception cref="InvalidDataException">The row breaks the rules of the schema.</exception>
    public StatusChange Read(DbDataReader row, int first = 0)
    {
        SerialNumber serial = ReadSerial(row, first);
        int status = row.GetByte(first + 1);
        bool isRevoked = status is CertificateState.Revoked or CertificateState.OnHold;
        if ((!isRevoked && status != CertificateState.Good) || isRevoked == row.IsDBNull(first + 2) || isRevoked == row.IsDBNull(first + 3))
        {
            throw new InvalidDataException($"certificate {serial}: status {status} with{(row.IsDBNull(first + 2) ? "out" : "")} a reason and with{(row.IsDBNull(first + 3) ? "out" : "")} a time is nothing that the schema knows");
        }

        var notAfter = Time.FromColumn(row.GetDateTime(first + 5));
        return new StatusChange(serial, isRevoked ? ReadRevocation(row, first, serial, status) : CertificateStatus.Good, notAfter >= s_unknownEnd ? DateTimeOffset.MaxValue : notAfter)
        {
            CrlShard = row.IsDBNull(first + 6) ? null : row.GetInt32(first + 6),
            IsCA = row.IsDBNull(first + 7) ? null : row.GetByte(first + 7) != 0,
        };
    }

    private static CertificateStatus ReadRevocation(DbDataReader row, int first, SerialNumber serial, int status)
    {
        var reason = (X509RevocationReason)row.GetByte(first + 2);
        bool isKnown = reason is >= X509RevocationReason.Unspecified and <= X509RevocationReason.AACompromise and not X509RevocationReason.RemoveFromCrl && (int)reason != 7; // RFC 5280 5.3.1: 7 is not used
        return isKnown && (status == CertificateState.OnHold) == (reason == X509RevocationReason.CertificateHold)
            ? new CertificateStatus(Time.FromColumn(row.GetDateTime(first + 3)), reason, row.IsDBNull(first + 4) ? null : Time.FromColumn(row.GetDateTime(first + 4)))
            : throw new InvalidDataException($"certificate {serial}: reason {(int)reason} does not go with status {status}");
    }

    private SerialNumber ReadSerial(DbDataReader row, int ordinal)
    {
        long length = row.GetBytes(ordinal, 0, _serial, 1, _serial.Length - 1);
        return SerialColumn.TryRead(_serial.AsSpan(0, 1 + (int)length), out SerialNumber serial)
            ? serial
            : throw new InvalidDataException($"the serial number {Convert.ToHexString(_serial.AsSpan(1, (int)length))} is not as the schema wants it: 1 to 20 octets of a positive number without zero octets in front");
    }
}

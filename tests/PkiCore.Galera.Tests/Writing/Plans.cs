using System.Globalization;
using PkiCore.Galera.Writing;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>What tests of decisions and plans begin with.</summary>
internal static class Plans
{
    public static DateTimeOffset Now { get; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public static ChainEnd Head { get; } = new(41, ChangeDigest.From(new byte[ChangeDigest.Length]));

    public static SerialNumber Serial(long value) =>
        SerialNumber.TryParse(value.ToString("X", CultureInfo.InvariantCulture), out SerialNumber serial) ? serial : throw new ArgumentOutOfRangeException(nameof(value));

    public static ChangePlan Create(Dictionary<SerialNumber, KnownCertificate>? certificates, params IEnumerable<RevocationOperation> operations) =>
        Create(certificates, [], operations);

    public static ChangePlan Create(Dictionary<SerialNumber, KnownCertificate>? certificates, Dictionary<Guid, StoredOperation> known, IEnumerable<RevocationOperation> operations) =>
        ChangePlan.Create(Head, [.. operations.Select(operation => new RequestedOperation(operation, Now))], known, certificates ?? []);
}

using System.Data.Common;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Galera;
using PkiCore.Galera.Schema;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary>The users of the demonstration in the database: those of users.sql as it is. A cluster that was made for others does not get them.</summary>
internal static class DemoUsers
{
    private const string Database = "pkicore";

    /// <exception cref="ConfigurationException">The cluster's users are others.</exception>
    public static void Check(GaleraSettings galera)
    {
        bool isOther = galera.Database != Database;
        foreach ((string name, GaleraUserSettings user) in galera.Users)
        {
            isOther |= name != nameof(GaleraSettings.Admin) && !GaleraSchema.UsersScript.Contains($"'{user.User}'@'%' REQUIRE SUBJECT '{SubjectOf(name, user)}'", StringComparison.Ordinal);
        }

        if (isOther)
        {
            throw new ConfigurationException(
                "--galera: this cluster has other users than the demonstration makes, or another database. Make tables with 'db migrate' and users by what 'db migrate --users' prints, and leave out Galera.Admin.");
        }
    }

    public static Task CreateAsync(GaleraSettings galera, CancellationToken cancellationToken) => AdminSession.RunAsync(galera, async (_, source) =>
    {
        DbConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (string statement in SqlScript.Split(GaleraSchema.UsersScript))
            {
                await SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, statement), cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    });

    /// <summary>As MariaDB writes it: <c>/O=PkiCore lab/CN=edge</c>.</summary>
    private static string SubjectOf(string name, GaleraUserSettings user)
    {
        if (user.Certificate.Length == 0)
        {
            return "";
        }

        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(user.Certificate);
            return string.Concat(certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false).Select(part =>
                part.HasMultipleElements ? "/" : $"/{part.GetSingleElementType().FriendlyName}={part.GetSingleElementValue()}")); // none of ours has several
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Galera.{name}.Certificate: '{user.Certificate}': {e.Message}", e);
        }
    }
}

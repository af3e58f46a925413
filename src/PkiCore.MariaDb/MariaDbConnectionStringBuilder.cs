using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb;

/// <summary>The keys of a connection string. A key that is not among them is refused.</summary>
public sealed class MariaDbConnectionStringBuilder : DbConnectionStringBuilder
{
    /// <summary>An empty connection string.</summary>
    public MariaDbConnectionStringBuilder()
    {
    }

    /// <summary>Reads a connection string.</summary>
    /// <param name="connectionString">Keys and values, as <c>Server=node1;User=edge</c>.</param>
    /// <exception cref="ArgumentException">A key is not known or a value does not fit it.</exception>
    public MariaDbConnectionStringBuilder(string connectionString) => ConnectionString = connectionString;

    /// <summary>Host name or IP address; it must be in the server's certificate.</summary>
    public string Server { get => Text(nameof(Server)); set => this[nameof(Server)] = value; }

    /// <summary>TCP port; 3306 by default.</summary>
    public int Port { get => Number(nameof(Port)); set => this[nameof(Port)] = value; }

    /// <summary>Path of a Unix socket, instead of <see cref="Server"/> and <see cref="Port"/>. There is no TLS on it.</summary>
    public string UnixSocket { get => Text(nameof(UnixSocket)); set => this[nameof(UnixSocket)] = value; }

    /// <summary>The account.</summary>
    public string User { get => Text(nameof(User)); set => this[nameof(User)] = value; }

    /// <summary>The account's password.</summary>
    public string Password { get => Text(nameof(Password)); set => this[nameof(Password)] = value; }

    /// <summary>A file with the password in its first line, read for every new connection; instead of <see cref="Password"/>.</summary>
    public string PasswordFile { get => Text(nameof(PasswordFile)); set => this[nameof(PasswordFile)] = value; }

    /// <summary>The database to use; none by default.</summary>
    public string Database { get => Text(nameof(Database)); set => this[nameof(Database)] = value; }

    /// <summary>PEM file with the CA certificates that a server's certificate must come from. TCP needs it.</summary>
    public string CaFile { get => Text(nameof(CaFile)); set => this[nameof(CaFile)] = value; }

    /// <summary>PEM file with the client's certificate and those between it and the CA.</summary>
    public string CertificateFile { get => Text(nameof(CertificateFile)); set => this[nameof(CertificateFile)] = value; }

    /// <summary>PEM file with the key of <see cref="CertificateFile"/>.</summary>
    public string KeyFile { get => Text(nameof(KeyFile)); set => this[nameof(KeyFile)] = value; }

    /// <summary>Seconds until opening a connection fails, waiting for a place in the pool included; 15 by default.</summary>
    public int ConnectTimeout { get => Number(nameof(ConnectTimeout)); set => this[nameof(ConnectTimeout)] = value; }

    /// <summary>Seconds until a command fails, when the command itself says nothing else; 30 by default, 0 for no limit but <see cref="IoTimeout"/>.</summary>
    public int CommandTimeout { get => Number(nameof(CommandTimeout)); set => this[nameof(CommandTimeout)] = value; }

    /// <summary>Seconds of silence on the socket after which a connection is given up, whatever the command allows; 600 by default.</summary>
    public int IoTimeout { get => Number(nameof(IoTimeout)); set => this[nameof(IoTimeout)] = value; }

    /// <summary>Connections at the same time; 10 by default.</summary>
    public int MaximumPoolSize { get => Number(nameof(MaximumPoolSize)); set => this[nameof(MaximumPoolSize)] = value; }

    /// <summary>Seconds after which an unused connection is closed; 180 by default.</summary>
    public int IdleTimeout { get => Number(nameof(IdleTimeout)); set => this[nameof(IdleTimeout)] = value; }

    /// <summary>Bytes of the largest packet, and so of the largest row, that is accepted; 67108864 by default.</summary>
    public int MaximumPacketSize { get => Number(nameof(MaximumPacketSize)); set => this[nameof(MaximumPacketSize)] = value; }

    /// <inheritdoc />
    [AllowNull]
    public override object this[string keyword]
    {
        get => Key.Find(keyword).Read(this);
        set
        {
            Key key = Key.Find(keyword);
            if (value is null)
            {
                base.Remove(key.Name);
                return;
            }

            base[key.Name] = key.Checked(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }
    }

    /// <summary>The connection string without the password.</summary>
    /// <returns>What may be logged.</returns>
    public override string ToString() => WithoutPassword();

    internal string WithoutPassword()
    {
        if (!ShouldSerialize(nameof(Password)))
        {
            return ConnectionString;
        }

        var copy = new MariaDbConnectionStringBuilder(ConnectionString);
        copy.Remove(nameof(Password));
        return copy.ConnectionString;
    }

    /// <summary>Checks the values against each other.</summary>
    /// <exception cref="ArgumentException">They do not fit; the message says which.</exception>
    internal ConnectionSettings ToSettings()
    {
        CheckTarget();
        Require(User.Length > 0, "User is missing");
        Require(Password.Length == 0 || PasswordFile.Length == 0, "Password and PasswordFile exclude each other");
        Require(CertificateFile.Length > 0 == KeyFile.Length > 0, "CertificateFile and KeyFile go together");
        return new ConnectionSettings
        {
            Server = Server,
            Port = (uint)Port,
            UnixSocket = OrNull(UnixSocket),
            User = User,
            Password = Password,
            PasswordFile = OrNull(PasswordFile),
            Database = Database,
            CaFile = OrNull(CaFile),
            CertificateFile = OrNull(CertificateFile),
            KeyFile = OrNull(KeyFile),
            ConnectTimeout = TimeSpan.FromSeconds(ConnectTimeout),
            IoTimeout = TimeSpan.FromSeconds(IoTimeout),
            CommandTimeout = CommandTimeout,
            MaximumPoolSize = MaximumPoolSize,
            IdleTimeout = TimeSpan.FromSeconds(IdleTimeout),
            MaximumPacketSize = MaximumPacketSize,
        };
    }

    private static string? OrNull(string value) => value.Length == 0 ? null : value;

    private static void Require(bool condition, string fault)
    {
        if (!condition)
        {
#pragma warning disable MA0015 // Specify the parameter name: it is about how several keys fit together
            throw new ArgumentException($"The connection string is not usable: {fault}.");
#pragma warning restore MA0015
        }
    }

    private void CheckTarget()
    {
        if (UnixSocket.Length > 0)
        {
            Require(Server.Length == 0, "Server and UnixSocket exclude each other");
            Require(CaFile.Length == 0 && CertificateFile.Length == 0, "there is no TLS on a Unix socket; leave CaFile, CertificateFile and KeyFile out");
            return;
        }

        Require(Server.Length > 0, "Server is missing");
        // The library would take a comma for a list of servers, and more signs for a connection string of its own.
        Require(Server.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '%' or '_'), "Server is neither a host name nor an IP address");
        Require(CaFile.Length > 0, "CaFile is missing; TCP is used with a verified server only");
    }

    private string Text(string name) => (string)Key.Find(name).Read(this);

    private int Number(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);

    /// <summary>A key, with what its value may be.</summary>
    private sealed record Key(string Name, string Default, int Least = 0, int Most = -1)
    {
        private static readonly Key[] s_all =
        [
            new(nameof(Server), ""),
            new(nameof(Port), "3306", 1, 65535),
            new(nameof(UnixSocket), ""),
            new(nameof(User), ""),
            new(nameof(Password), ""),
            new(nameof(PasswordFile), ""),
            new(nameof(Database), ""),
            new(nameof(CaFile), ""),
            new(nameof(CertificateFile), ""),
            new(nameof(KeyFile), ""),
            new(nameof(ConnectTimeout), "15", 1, 3600),
            new(nameof(CommandTimeout), "30", 0, 86400),
            new(nameof(IoTimeout), "600", 1, 86400),
            new(nameof(MaximumPoolSize), "10", 1, 1000),
            new(nameof(IdleTimeout), "180", 1, 86400),
            new(nameof(MaximumPacketSize), "67108864", 1 << 20, 1 << 30),
        ];

        internal static Key Find(string keyword) =>
            Array.Find(s_all, key => key.Name.Equals(keyword, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"A connection string has no key '{keyword}'. Keys: {string.Join(", ", s_all.Select(key => key.Name))}.", nameof(keyword));

        internal object Read(MariaDbConnectionStringBuilder builder) => builder.TryGetValue(Name, out object? value) ? value : Default;

        internal string Checked(string value)
        {
            if (value.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"{Name} has a NUL character in it.", nameof(value));
            }

            bool fits = Most < 0
                || (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= Least && number <= Most);
            return fits ? value : throw new ArgumentException($"{Name} must be a number from {Least} to {Most}.", nameof(value));
        }
    }
}

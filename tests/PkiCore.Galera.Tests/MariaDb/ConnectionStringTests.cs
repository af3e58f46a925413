using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>What a connection string may say. No server is needed.</summary>
public sealed class ConnectionStringTests
{
    private const string Good = "Server=node1;User=edge;CaFile=ca.pem;Password=secret";

    [Theory]
    [InlineData("an unknown key is named", "Server=a;Bogus=1", "Bogus")]
    [InlineData("the server is missing", "User=a;CaFile=ca.pem", "Server")]
    [InlineData("TCP without a CA", "Server=a;User=a", "CaFile")]
    [InlineData("the user is missing", "Server=a;CaFile=ca.pem", "User")]
    [InlineData("a list of servers", "Server=a,b;User=a;CaFile=ca.pem", "Server")]
    [InlineData("a key without its certificate", "Server=a;User=a;CaFile=ca.pem;KeyFile=k", "CertificateFile")]
    [InlineData("a password twice", "Server=a;User=a;CaFile=ca.pem;Password=a;PasswordFile=b", "PasswordFile")]
    [InlineData("TLS on a Unix socket", "UnixSocket=/s;User=a;CaFile=ca.pem", "CaFile")]
    [InlineData("two targets", "UnixSocket=/s;Server=b;User=a", "UnixSocket")]
    [InlineData("a port that is none", "Server=a;User=a;CaFile=ca.pem;Port=70000", "Port")]
    [InlineData("a number that is none", "Server=a;User=a;CaFile=ca.pem;MaximumPoolSize=many", "MaximumPoolSize")]
    public void What_is_not_usable_is_refused_with_the_key_that_is_to_blame(string description, string text, string named)
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => new MariaDbDataSource(text));
        Assert.True(fault.Message.Contains(named, StringComparison.OrdinalIgnoreCase), $"{description}: {fault.Message}");
    }

    [Fact]
    public void The_password_is_shown_by_nothing_but_its_own_key()
    {
        var builder = new MariaDbConnectionStringBuilder(Good);
        using var source = new MariaDbDataSource(Good);
        using MariaDbConnection connection = source.CreateConnection();
        Assert.Equal("secret", builder.Password);
        Assert.Contains("secret", builder.ConnectionString, StringComparison.Ordinal);
        Assert.All(
            [builder.ToString(), source.ConnectionString, connection.ConnectionString, connection.DataSource],
            text => Assert.DoesNotContain("secret", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_have_defaults_and_their_case_does_not_matter()
    {
        var builder = new MariaDbConnectionStringBuilder("SERVER=::1;maximumpoolsize=3");
        Assert.Equal("::1", builder.Server);
        Assert.Equal(3, builder.MaximumPoolSize);
        Assert.Equal(3306, builder.Port);
        Assert.Equal(30, builder.CommandTimeout);
    }

    [Fact]
    public void The_password_is_not_in_the_error_that_refuses_the_rest()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => new MariaDbDataSource("Server=a;Password=secret"));
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }
}

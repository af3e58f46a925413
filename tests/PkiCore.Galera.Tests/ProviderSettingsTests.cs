using System.Data.Common;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;

namespace PkiCore.Galera.Tests;

/// <summary>The connection string for another provider.</summary>
public sealed class ProviderSettingsTests
{
    [Fact]
    public void Password_is_one_value_whatever_stands_in_it()
    {
        const string password = "a;Server=evil;\"'b {User}";
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, [password]);
            var settings = new GaleraSettings { Provider = "any", ConnectionString = "Server={Host};Port={Port};User ID={User};Password={Password}" };
            string filled = GaleraClusters.Fill(settings, new GaleraNodeSettings { Host = "node1", Port = 3307 }, new GaleraUserSettings { User = "edge", PasswordFile = file });
            var parsed = new DbConnectionStringBuilder { ConnectionString = filled };
            Assert.Equal(("node1", "3307", "edge", password), ((string)parsed["server"], (string)parsed["port"], (string)parsed["user id"], (string)parsed["password"]));
        }
        finally
        {
            File.Delete(file);
        }
    }
}

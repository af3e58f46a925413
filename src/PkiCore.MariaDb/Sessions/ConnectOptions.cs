using System.Runtime.InteropServices;
using System.Text;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Sessions;

/// <summary>What the library is told before it connects. Option files are never read.</summary>
internal readonly unsafe ref struct ConnectOptions(MySqlHandle mysql, ConnectionSettings settings)
{
    private const uint ProtocolTcp = 1;
    private const uint ProtocolSocket = 2;

    // No plug-in that would hand out the password in clear text, or ask on a terminal.
    private const string Authentication = "mysql_native_password,client_ed25519";

    internal void Apply()
    {
        uint seconds = (uint)Math.Ceiling(settings.ConnectTimeout.TotalSeconds);
        uint silence = (uint)Math.Ceiling(settings.IoTimeout.TotalSeconds);
        Set(MySqlOption.ConnectTimeout, seconds);
        Set(MySqlOption.ReadTimeout, silence);
        Set(MySqlOption.WriteTimeout, silence);
        Set(MySqlOption.CharacterSetName, "utf8mb4");
        Set(MySqlOption.MaxAllowedPacket, (nuint)settings.MaximumPacketSize);
        Set(MySqlOption.ReportDataTruncation, (byte)0);
        Set(MySqlOption.Reconnect, (byte)0);
        Set(MySqlOption.MultiStatements, (byte)0);
        Set(MySqlOption.RestrictedAuthentication, Authentication);
        Set(MySqlOption.PluginDirectory, PluginDirectory());
        Check(MySqlOption.IoWait, LibMariaDb.mysql_options(mysql, MySqlOption.IoWait, (void*)IoWait.Function));
        // A server may ask for any file of ours in answer to any statement.
        Set(MySqlOption.LocalInfile, 0u);
        LocalInfile.Refuse(mysql);
        if (settings.UnixSocket is not null)
        {
            Set(MySqlOption.Protocol, ProtocolSocket);
            return;
        }

        // Without this the library takes "localhost" for a Unix socket.
        Set(MySqlOption.Protocol, ProtocolTcp);
        Set(MySqlOption.SslEnforce, (byte)1);
        Set(MySqlOption.SslVerifyServerCertificate, (byte)1);
        Set(MySqlOption.TlsVersion, "TLSv1.2,TLSv1.3");
        SetFile(MySqlOption.SslCa, nameof(settings.CaFile), settings.CaFile!);
        if (settings.CertificateFile is not null)
        {
            SetFile(MySqlOption.SslCertificate, nameof(settings.CertificateFile), settings.CertificateFile);
            SetFile(MySqlOption.SslKey, nameof(settings.KeyFile), settings.KeyFile!);
        }
    }

    // Where Debian has client_ed25519. A fixed place, so that the environment has no say.
    private static string PluginDirectory()
    {
        string triplet = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x86_64-linux-gnu",
            Architecture.Arm64 => "aarch64-linux-gnu",
            _ => "none",
        };
        return $"/usr/lib/{triplet}/libmariadb3/plugin/";
    }

    // The library would only say that there is no such file, or nothing at all.
    private void SetFile(MySqlOption option, string key, string path)
    {
        try
        {
            File.OpenRead(path).Dispose();
        }
        catch (Exception e) when (Faults.IsOfFile(e))
        {
            throw Faults.OfFile(settings, key, path, e);
        }

        Set(option, path);
    }

    private void Set<T>(MySqlOption option, T value)
        where T : unmanaged => Check(option, LibMariaDb.mysql_options(mysql, option, &value));

    private void Set(MySqlOption option, string value)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(value + '\0'))
        {
            Check(option, LibMariaDb.mysql_options(mysql, option, text));
        }
    }

    private static void Check(MySqlOption option, int result)
    {
        if (result != 0)
        {
            throw new MariaDbException(0, null, $"{LibMariaDb.File} does not take the option {option}.");
        }
    }
}

using System.Collections.Concurrent;
using System.Text;
using PkiCore.MariaDb.Interop;
using PkiCore.MariaDb.Parameters;
using PkiCore.MariaDb.Results;

namespace PkiCore.MariaDb.Sessions;

/// <summary>What the thread of a connection does: all of it blocks, and none of it is for any other thread.</summary>
internal sealed unsafe class NativeSession(Session session) : IDisposable
{
    // What a reset forgets: the character set and the time zone.
    private static readonly byte[] s_setup = "SET NAMES utf8mb4, time_zone = '+00:00'"u8.ToArray();

    private static readonly byte[] s_isGalera = "SHOW VARIABLES WHERE Variable_name = 'wsrep_on' AND Value = 'ON'"u8.ToArray();

    private readonly List<PreparedStatement> _prepared = [];
    private MySqlHandle? _mysql;
    private bool _threadReady;
    private bool _loggedIn;

    internal ConnectionSettings Settings => session.Settings;

    internal BlockCache Blocks { get; } = new();

    /// <summary>Statements to close when there is time; any thread adds to it.</summary>
    internal ConcurrentQueue<PreparedStatement> Unneeded { get; } = new();

    private MySqlHandle MySql => _mysql ?? throw new InvalidOperationException("The connection is closed.");

    internal string Connect()
    {
        LibMariaDb.EnsureLoaded();
        _ = LibMariaDb.mysql_thread_init();
        _threadReady = true;
        _mysql = new MySqlHandle(LibMariaDb.mysql_init(0));
        if (_mysql.IsInvalid)
        {
            throw new MariaDbException(ErrorNumbers.OutOfMemory, null, "mysql_init found no memory.");
        }

        new ConnectOptions(_mysql, Settings).Apply();
        IoWait.SetConnecting(session);
        Login(_mysql);
        IoWait.SetConnecting(null);
        if (!session.SetSocket(LibMariaDb.mysql_get_socket(_mysql)))
        {
            // Without it no deadline could end a call.
            throw new MariaDbException(ErrorNumbers.ConnectionFailed, null, $"{Settings.Target}: no file descriptor is left.");
        }

        // The library has refused a server without TLS before it sent anything secret; this is the second look.
        if (Settings.UnixSocket is null && LibMariaDb.mysql_get_ssl_cipher(_mysql) is null)
        {
            throw new MariaDbException(ErrorNumbers.SslConnectionFailed, null, $"{Settings.Target}: the connection is not encrypted.");
        }

        _loggedIn = true;
        Query(s_setup);
        return Faults.Text(LibMariaDb.mysql_get_server_info(_mysql));
    }

    /// <summary>A statement without a result, by the text protocol.</summary>
    internal void Query(byte[] statement)
    {
        fixed (byte* text = statement)
        {
            if (LibMariaDb.mysql_real_query(MySql, text, new((nuint)statement.Length)) != 0)
            {
                throw Fault();
            }
        }

        if (LibMariaDb.mysql_field_count(MySql) != 0)
        {
            LibMariaDb.mysql_free_result(LibMariaDb.mysql_use_result(MySql));
        }
    }

    /// <summary>Whether a statement has a row to show.</summary>
    private bool Finds(byte[] statement)
    {
        fixed (byte* text = statement)
        {
            if (LibMariaDb.mysql_real_query(MySql, text, new((nuint)statement.Length)) != 0)
            {
                throw Fault();
            }
        }

        nint result = LibMariaDb.mysql_use_result(MySql);
        if (result == 0)
        {
            throw Fault();
        }

        bool isFound = LibMariaDb.mysql_fetch_row(result) is not null;
        LibMariaDb.mysql_free_result(result);
        return isFound;
    }

    internal void Ping()
    {
        if (LibMariaDb.mysql_ping(MySql) != 0)
        {
            throw Fault();
        }
    }

    /// <summary>Makes it as new: an open transaction is rolled back, variables and locks are gone.</summary>
    /// <returns><see langword="false"/>: this server cannot. After a reset a node of a Galera cluster ignores wsrep_sync_wait, and says nothing: reads claim to be causal and are not.</returns>
    internal bool TryReset()
    {
        CloseStatements();
        if (Finds(s_isGalera))
        {
            return false;
        }

        if (LibMariaDb.mysql_reset_connection(MySql) != 0)
        {
            throw Fault();
        }

        Query(s_setup);
        return true;
    }

    internal PreparedStatement Prepare(byte[] text)
    {
        CloseUnneeded();
        nint statement = LibMariaDb.mysql_stmt_init(MySql);
        if (statement == 0)
        {
            throw Fault();
        }

        var prepared = new PreparedStatement(this, new StatementHandle(statement, MySql));
        _prepared.Add(prepared);
        try
        {
            prepared.Prepare(text);
        }
        catch
        {
            Close(prepared);
            throw;
        }

        return prepared;
    }

    /// <summary>Runs a statement; rows are read on while the caller has the first ones.</summary>
    /// <param name="prepared">Null to prepare the text for this once.</param>
    /// <param name="text">Of the statement.</param>
    /// <param name="parameters">Is disposed of.</param>
    internal ExecuteResult Execute(PreparedStatement? prepared, byte[] text, ParameterBuffer parameters)
    {
        using (parameters)
        {
            // What was prepared before the pool made the connection as new is closed.
            PreparedStatement statement = prepared is { Handle.IsClosed: false } ? prepared : Prepare(text);
            PreparedStatement? once = statement == prepared ? null : statement;
            try
            {
                if (statement.Execute(parameters) is { } columns)
                {
                    return new ExecuteResult(this, once, new ResultStream(session, statement, columns), -1);
                }

                var result = new ExecuteResult(this, once, null, statement.AffectedRows);
                statement.FreeResult();
                return result;
            }
            catch when (once is not null)
            {
                Close(once);
                throw;
            }
        }
    }

    internal void Close(PreparedStatement statement)
    {
        if (_prepared.Remove(statement))
        {
            statement.Handle.Dispose();
        }
    }

    internal void SetStreaming(IAborted? streaming) => session.SetStreaming(streaming);

    /// <summary>The error of the connection's last call; an error that says nothing means that it is lost.</summary>
    internal MariaDbException Fault()
    {
        MariaDbException fault = Faults.Of(MySql, Settings.Target);
        return Fault(fault.Number != 0 ? fault : new MariaDbException(ErrorNumbers.ServerLost, "HY000", $"{Settings.Target}: the connection was lost."));
    }

    /// <summary>Looks whether the error ends the connection.</summary>
    internal MariaDbException Fault(MariaDbException fault)
    {
        // Behind the login, an error of TLS says no more than that the peer is gone.
        if (_loggedIn && fault.Number == ErrorNumbers.SslConnectionFailed)
        {
            fault = new MariaDbException(ErrorNumbers.ServerLost, fault.SqlState, fault.Message);
        }

        if (ErrorNumbers.EndsConnection(fault.Number) && !session.IsBroken)
        {
            session.Lose();
        }

        return fault;
    }

    public void Dispose()
    {
        if (!_threadReady)
        {
            return;
        }

        CloseStatements();
        _mysql?.Dispose();
        LibMariaDb.mysql_thread_end();
    }

    private void CloseUnneeded()
    {
        while (Unneeded.TryDequeue(out PreparedStatement? statement))
        {
            Close(statement);
        }
    }

    private void CloseStatements()
    {
        Unneeded.Clear();
        foreach (PreparedStatement statement in _prepared)
        {
            statement.Handle.Dispose();
        }

        _prepared.Clear();
    }

    private void Login(MySqlHandle mysql)
    {
        byte[] host = Utf8(Settings.Server);
        byte[] user = Utf8(Settings.User);
        byte[] database = Utf8(Settings.Database);
        byte[] socket = Utf8(Settings.UnixSocket ?? "");
        byte[] password = ReadPassword();
        bool local = Settings.UnixSocket is not null;
        nint connected;
        fixed (byte* hostText = host, userText = user, databaseText = database, socketText = socket, passwordText = password)
        {
            // Never null for the password: the library would look for one in the environment.
            connected = LibMariaDb.mysql_real_connect(
                mysql, local ? null : hostText, userText, passwordText, Settings.Database.Length == 0 ? null : databaseText,
                local ? 0 : Settings.Port, local ? socketText : null, new((nuint)LibMariaDb.ClientFoundRows));
        }

        Array.Clear(password);
        if (connected == 0)
        {
            throw Fault(Faults.Of(mysql, Settings.Target));
        }
    }

    private static byte[] Utf8(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        _ = Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    private byte[] ReadPassword()
    {
        if (Settings.PasswordFile is not { } file)
        {
            return Utf8(Settings.Password);
        }

        try
        {
            using var reader = new StreamReader(file, Encoding.UTF8);
            return Utf8(reader.ReadLine() ?? "");
        }
        catch (Exception e) when (Faults.IsOfFile(e))
        {
            throw Faults.OfFile(Settings, nameof(Settings.PasswordFile), file, e);
        }
    }
}

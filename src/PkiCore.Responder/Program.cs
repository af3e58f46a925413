using System.CommandLine;
using PkiCore.Responder.Commands;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;

InlineSockets.Prepare();

var root = new RootCommand("Answers OCSP requests (RFC 6960, RFC 9919) and makes CRLs (RFC 5280) for CAs kept as files or in a MariaDB Galera cluster.")
{
    DemoCommand.Create(),
    ServeCommand.Create(),
    CheckCommand.Create(),
    CrlCommand.Create(),
    HsmCommand.Create(),
    GaleraCommand.Create(),
    DatabaseCommand.Create(),
    RevokeCommands.CreateRevoke(),
    RevokeCommands.CreateHold(),
    RevokeCommands.CreateRelease(),
};

try
{
    // Signals are the host's: it lets requests in flight finish, however long its own setting allows.
    var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await root.Parse(args).InvokeAsync(invocation).ConfigureAwait(false);
}
catch (ConfigurationException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

namespace PkiCore.Responder.Hosting;

/// <summary>Logging to the console: one line a message, in UTC.</summary>
internal static class ResponderConsole
{
    public static ILoggingBuilder AddResponderConsole(this ILoggingBuilder logging, IConfiguration? configuration)
    {
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // Hosting makes an activity and a log scope for every request as soon as anything could be logged there; nothing here reads them.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (configuration is not null)
        {
            logging.AddConfiguration(configuration);
        }

        return logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
        });
    }
}

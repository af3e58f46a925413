namespace PkiCore.Responder.Hosting;

/// <summary>Logging to the console: one line a message, in UTC.</summary>
internal static class ResponderConsole
{
    public static ILoggingBuilder AddResponderConsole(this ILoggingBuilder logging, IConfiguration? configuration)
    {
        logging.AddFilter("Microsoft", LogLevel.Warning);
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

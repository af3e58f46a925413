namespace PkiCore.Responder.Hosting;

/// <summary>Logging to the console: one line a message, in UTC.</summary>
internal static class ResponderConsole
{
    /// <param name="logging">What is configured.</param>
    /// <param name="configuration">The section of the configuration.</param>
    /// <param name="isStarted">Whether the server has started. Why it did not is said once, by whoever catches the exception.</param>
    public static ILoggingBuilder AddResponderConsole(this ILoggingBuilder logging, IConfiguration? configuration, Func<bool> isStarted)
    {
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // Hosting makes an activity and a log scope for every request as soon as anything could be logged there; nothing here reads them.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Warning && isStarted());
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

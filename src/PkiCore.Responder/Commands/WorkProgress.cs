using Spectre.Console;

namespace PkiCore.Responder.Commands;

/// <summary>How far long work is: a bar on a terminal, lines on the error output otherwise, and nothing at all about work that is quick. The work is on a thread of its own and reports now and then.</summary>
internal sealed class WorkProgress
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_line = TimeSpan.FromSeconds(5);

    private long _count;
    private double _part = double.NaN;

    private WorkProgress()
    {
    }

    /// <summary>Does work.</summary>
    /// <param name="what">What it is, such as <c>Reading ca.crl</c>.</param>
    /// <param name="work">The work.</param>
    public static async Task RunAsync(string what, Func<WorkProgress, Task> work)
    {
        var progress = new WorkProgress();
        Task running = Task.Run(() => work(progress));
        if (!await EndsAsync(running, s_patience).ConfigureAwait(false))
        {
            await progress.ShowAsync(what, running).ConfigureAwait(false);
        }

        await running.ConfigureAwait(false);
    }

    /// <summary>Says how far the work is; called by the work alone.</summary>
    /// <param name="count">How many entries are done.</param>
    /// <param name="part">The part of the whole, 0 to 1; <see cref="double.NaN"/> where nobody knows.</param>
    public void Report(long count, double part)
    {
        Volatile.Write(ref _count, count);
        Volatile.Write(ref _part, part);
    }

    private async Task ShowAsync(string what, Task running)
    {
        if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
        {
            await AnsiConsole.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
                .StartAsync(context => DrawAsync(context.AddTask(Markup.Escape(what), maxValue: 1), what, running)).ConfigureAwait(false);
            return;
        }

        while (!await EndsAsync(running, s_line).ConfigureAwait(false))
        {
            await Console.Error.WriteLineAsync(Describe(what)).ConfigureAwait(false);
        }
    }

    private async Task DrawAsync(ProgressTask bar, string what, Task running)
    {
        while (!await EndsAsync(running, s_redraw).ConfigureAwait(false))
        {
            double part = Volatile.Read(ref _part);
            bar.IsIndeterminate = double.IsNaN(part);
            bar.Value = double.IsNaN(part) ? 0 : part;
            bar.Description = Markup.Escape(Describe(what));
        }
    }

    private string Describe(string what)
    {
        double part = Volatile.Read(ref _part);
        string rest = double.IsNaN(part) ? "" : FormattableString.Invariant($", {100 * part:0} %");
        return FormattableString.Invariant($"{what}: {Volatile.Read(ref _count):N0} entries{rest}");
    }

    private static async Task<bool> EndsAsync(Task running, TimeSpan limit) =>
        await Task.WhenAny(running, Task.Delay(limit, TimeProvider.System)).ConfigureAwait(false) == running;
}

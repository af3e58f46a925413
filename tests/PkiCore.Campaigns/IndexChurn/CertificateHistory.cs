using PkiCore.Campaigns.Asking;

namespace PkiCore.Campaigns.IndexChurn;

/// <summary>How one certificate stood, one after the other, and what may be answered for it. Safe for use from several threads.</summary>
internal sealed class CertificateHistory
{
    /// <summary>How long a change may be visible before it must be answered. The responder should need a tenth of that; a busy machine may not.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private readonly List<Step> _steps = [new(Standing.Unlisted)];
    private DateTimeOffset _permanentSince = DateTimeOffset.MaxValue;

    public Standing Current
    {
        get
        {
            lock (_steps)
            {
                return _steps[^1].Standing;
            }
        }
    }

    /// <summary>Whether the responder knows how the certificate stands, because it said so or had the time to learn it.</summary>
    public bool IsSettled(Moment now)
    {
        lock (_steps)
        {
            return _steps[^1].IsAnswered || IsOverdue(_steps[^1], now);
        }
    }

    /// <summary>Called before a change is written: from now on it may be answered.</summary>
    public void Begin(Standing standing)
    {
        lock (_steps)
        {
            if (standing != _steps[^1].Standing)
            {
                _steps.Add(new Step(standing));
            }
        }
    }

    /// <summary>Called when the change is written: soon it must be answered.</summary>
    public void SetVisible(Moment now)
    {
        lock (_steps)
        {
            _steps[^1].Visible ??= now;
        }
    }

    /// <summary>Takes note of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="sent">When the question was sent.</param>
    /// <param name="delay">How long a change had been visible, when this is the first answer that tells it.</param>
    /// <returns><see langword="null"/>, or why the answer is false.</returns>
    public string? FindFault(Answer answer, Moment sent, out TimeSpan? delay)
    {
        delay = null;
        lock (_steps)
        {
            if (answer.Standing is not { } said)
            {
                return null;
            }

            if (!said.IsPermanent && answer.Sent > _permanentSince)
            {
                return $"{said} was answered after it had been answered at {_permanentSince:O} that it is revoked for good";
            }

            string fault = $"{said} was never so";
            for (int i = _steps.Count - 1; i >= 0; i--)
            {
                if (_steps[i].Standing != said)
                {
                    continue;
                }

                fault = FindFault(i, answer, sent) ?? "";
                if (fault.Length == 0)
                {
                    delay = NoteAnswered(_steps[i], answer);
                    return null;
                }
            }

            return fault;
        }
    }

    public override string ToString()
    {
        lock (_steps)
        {
            return string.Join(", then ", _steps.Select(step => $"{step.Standing} visible {step.Visible?.At:O}"));
        }
    }

    private static bool IsOverdue(Step step, Moment now) => step.Visible is { } visible && now.Intact - visible.Intact > Slack;

    /// <summary>An answer with an earlier standing is right until the next one must be known, unless it claims to be newer than that.</summary>
    private string? FindFault(int i, Answer answer, Moment sent)
    {
        if (i == _steps.Count - 1 || _steps[i + 1] is not { Visible: { } superseded } next)
        {
            return null;
        }

        // What was visible only for a moment before the file broke need not have been read, whatever the file was then taken for.
        return IsOverdue(next, sent) ? $"{answer.Standing} was answered although '{next.Standing}' had been visible since {superseded.At:O}"
            : answer.ThisUpdate > superseded.At && sent.Breaks == superseded.Breaks ? $"{answer.Standing} was answered as of {answer.ThisUpdate:O} although '{next.Standing}' was visible since {superseded.At:O}"
            : null;
    }

    private TimeSpan? NoteAnswered(Step step, Answer answer)
    {
        if (step.Standing.IsPermanent && answer.Received < _permanentSince)
        {
            _permanentSince = answer.Received;
        }

        if (step.IsAnswered || step != _steps[^1])
        {
            return null;
        }

        step.IsAnswered = true;
        return step.Visible is { } visible && answer.Received > visible.At ? answer.Received - visible.At : TimeSpan.Zero;
    }

    private sealed class Step(Standing standing)
    {
        public Standing Standing { get; } = standing;

        public Moment? Visible { get; set; }

        public bool IsAnswered { get; set; }
    }
}

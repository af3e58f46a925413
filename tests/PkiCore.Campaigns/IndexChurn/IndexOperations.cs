using System.Security.Cryptography.X509Certificates;
using PkiCore.Campaigns.Asking;
using PkiCore.Responder.Demo;

namespace PkiCore.Campaigns.IndexChurn;

/// <summary>One thing that happens to an index.</summary>
/// <param name="Name">What it is called in the journal.</param>
/// <param name="Changes">How certificates stand afterwards.</param>
internal sealed record IndexOperation(string Name, params IReadOnlyList<StandingChange> Changes);

/// <summary>What may happen to an index, at random: changes <see cref="IndexLines"/> and says what that means for certificates.</summary>
internal sealed class IndexOperations(IndexLines lines, ChurnHistory history, IntactClock clock, TimeProvider timeProvider)
{
    private const int Attempts = 100;
    private const int LargestBatch = 20;
    private const int Shortage = 500;

    // No name in an index is known to OpenSSL for the other reasons.
    private static readonly X509RevocationReason[] s_permanent =
    [
        X509RevocationReason.Unspecified, X509RevocationReason.KeyCompromise, X509RevocationReason.CACompromise,
        X509RevocationReason.AffiliationChanged, X509RevocationReason.Superseded, X509RevocationReason.CessationOfOperation,
    ];

    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(365);

    private readonly Dictionary<string, IReadOnlyList<string>> _vanished = new(StringComparer.Ordinal);
    private readonly List<string> _badLines = [];
    private int _good = history.Serials.Count;

    /// <summary>Does one of all the things that can be done now.</summary>
    public IndexOperation Next(Random random)
    {
        IndexOperation? operation;
        do
        {
            operation = _good < Shortage ? Issue(random) : Try(random);
        }
        while (operation is null);
        return operation;
    }

    /// <summary>Takes out every bad line: while one says that somebody is revoked, and not who, nothing that has changed may be signed.</summary>
    public IndexOperation Mend() => Repair() ?? new IndexOperation("repair");

    /// <returns><see langword="null"/> when there is nothing to do it to.</returns>
    private IndexOperation? Try(Random random)
    {
        return random.Next(100) switch
        {
            < 25 => Revoke(random),
            < 35 => Hold(random),
            < 43 => Release(random),
            < 48 => RevokeHeld(random),
            < 56 => AddBadLines(random),
            < 62 => Repair(),
            < 67 => Damage(random),
            < 72 => DuplicateGood(random),
            < 77 => DuplicateRevoked(random),
            < 82 => Undo(random),
            < 87 => Vanish(random),
            < 92 => ComeBack(),
            _ => Issue(random),
        };
    }

    private IndexOperation? Revoke(Random random)
    {
        var changes = new List<StandingChange>();
        for (int count = random.Next(4) == 0 ? random.Next(2, LargestBatch) : 1; count > 0; count--)
        {
            if (Pick(random, serial => history[serial].Current.IsGood && changes.TrueForAll(change => change.Serial != serial)) is { } serial)
            {
                changes.Add(new StandingChange(serial, Revoked(s_permanent[random.Next(s_permanent.Length)])));
            }
        }

        _good -= changes.Count;
        return changes.Count == 0 ? null : Set("revoke", [.. changes]);
    }

    private IndexOperation? Hold(Random random)
    {
        // With two lines and a file that ends between them, a hold could be taken for released.
        string? serial = Pick(random, serial => history[serial].Current.IsGood && lines.CountOf(serial) == 1);
        _good -= serial is null ? 0 : 1;
        return serial is null ? null : Set("hold", new StandingChange(serial, Revoked(X509RevocationReason.CertificateHold)));
    }

    private IndexOperation? Release(Random random)
    {
        string? serial = Pick(random, serial => history[serial].Current.IsOnHold);
        _good += serial is null ? 0 : 1;
        return serial is null ? null : Set("release", new StandingChange(serial, Standing.Good));
    }

    private IndexOperation? RevokeHeld(Random random)
    {
        string? serial = Pick(random, serial => history[serial].Current.IsOnHold);
        return serial is null ? null : Set("revoke held", new StandingChange(serial, Revoked(s_permanent[random.Next(s_permanent.Length)])));
    }

    private IndexOperation Issue(Random random)
    {
        string[] serials = SerialNumbers.NextMany(random.Next(1, LargestBatch));
        foreach (string serial in serials)
        {
            lines.Add(IndexLine.Valid(timeProvider.GetUtcNow() + s_lifetime, serial, "new.demo.example"));
        }

        _good += serials.Length;
        return new IndexOperation("issue", [.. serials.Select(serial => new StandingChange(serial, Standing.Good))]);
    }

    private IndexOperation AddBadLines(Random random)
    {
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            string line = BadLine.Create(random);
            _badLines.Add(line);
            lines.Insert(random.Next(lines.Count + 1), line);
        }

        return new IndexOperation("add bad lines");
    }

    private IndexOperation? Repair()
    {
        if (_badLines.Count == 0)
        {
            return null;
        }

        _badLines.ForEach(lines.RemoveLine);
        _badLines.Clear();
        return new IndexOperation("repair");
    }

    /// <summary>Spoils the line of a good certificate; <see cref="ComeBack"/> mends it.</summary>
    private IndexOperation? Damage(Random random)
    {
        if (Pick(random, serial => IsSettled(serial) && history[serial].Current.IsGood && lines.CountOf(serial) == 1) is not { } serial)
        {
            return null;
        }

        _vanished[serial] = lines.Remove(serial);
        string damaged = BadLine.Damage(_vanished[serial][0], random);
        _badLines.Add(damaged);
        lines.Add(damaged);
        return new IndexOperation("damage");
    }

    /// <summary>A second line revokes a certificate that the first calls good: revoked wins.</summary>
    private IndexOperation? DuplicateGood(Random random)
    {
        if (Pick(random, serial => history[serial].Current.IsGood) is not { } serial)
        {
            return null;
        }

        Standing revoked = Revoked(s_permanent[random.Next(s_permanent.Length)]);
        lines.Duplicate(serial, revoked);
        _good--;
        return new IndexOperation("revoke by duplicate", new StandingChange(serial, revoked));
    }

    /// <summary>A second line calls a certificate good that the first calls revoked: revoked wins.</summary>
    private IndexOperation? DuplicateRevoked(Random random)
    {
        if (Pick(random, serial => IsSettled(serial) && history[serial].Current.IsPermanent) is not { } serial)
        {
            return null;
        }

        lines.Duplicate(serial, Standing.Good);
        return new IndexOperation("duplicate revoked");
    }

    /// <summary>Takes back, or turns into a hold, what cannot be taken back: it stays revoked.</summary>
    private IndexOperation? Undo(Random random)
    {
        if (Pick(random, serial => IsSettled(serial) && history[serial].Current.IsPermanent) is not { } serial)
        {
            return null;
        }

        lines.Set(serial, random.Next(2) == 0 ? Standing.Good : Revoked(X509RevocationReason.CertificateHold));
        return new IndexOperation("undo");
    }

    /// <summary>Takes a certificate out of the index: it keeps its last status.</summary>
    private IndexOperation? Vanish(Random random)
    {
        if (Pick(random, IsSettled) is not { } serial)
        {
            return null;
        }

        _vanished[serial] = lines.Remove(serial);
        return new IndexOperation("vanish");
    }

    private IndexOperation? ComeBack()
    {
        if (_vanished.Count == 0)
        {
            return null;
        }

        (string serial, IReadOnlyList<string> removed) = _vanished.First();
        _vanished.Remove(serial);
        foreach (string line in removed)
        {
            lines.Add(line);
        }

        return new IndexOperation("come back");
    }

    private IndexOperation Set(string name, params StandingChange[] changes)
    {
        foreach (StandingChange change in changes)
        {
            lines.Set(change.Serial, change.Standing);
        }

        return new IndexOperation(name, changes);
    }

    /// <summary>A certificate that is in the index and fits.</summary>
    private string? Pick(Random random, Func<string, bool> fits)
    {
        for (int i = 0; i < Attempts; i++)
        {
            string serial = history.Pick(random);
            if (!_vanished.ContainsKey(serial) && fits(serial))
            {
                return serial;
            }
        }

        return null;
    }

    private bool IsSettled(string serial) => history[serial].IsSettled(clock.Now);

    private Standing Revoked(X509RevocationReason reason)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return new Standing(IsListed: true, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)), reason); // an index keeps whole seconds
    }
}

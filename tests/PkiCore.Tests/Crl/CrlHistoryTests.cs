using System.Numerics;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Status;

namespace PkiCore.Tests.Crl;

/// <summary>Whatever happens in whatever order: the complete CRL is the truth, and a delta CRL makes the truth of every base it may be added to.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlHistoryTests
{
    private const int Steps = 250;
    private const int Serials = 40;

    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private static readonly X509RevocationReason[] s_reasons =
    [
        X509RevocationReason.Unspecified, X509RevocationReason.KeyCompromise, X509RevocationReason.CACompromise, X509RevocationReason.AffiliationChanged,
        X509RevocationReason.Superseded, X509RevocationReason.CessationOfOperation, X509RevocationReason.CertificateHold, X509RevocationReason.CertificateHold,
        X509RevocationReason.PrivilegeWithdrawn, X509RevocationReason.AACompromise,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [Requirement("CF-14", "CX-3", "CX-5", "CX-6", "CX-7", "T-19")]
    public void Complete_CRL_is_the_model_and_base_with_delta_is_the_complete_CRL_of_the_same_number(int seed)
    {
#pragma warning disable CA5394 // Do not use insecure randomness: it has to be the same each time
        var random = new Random(seed);
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        var model = new SortedDictionary<string, X509RevocationReason>(StringComparer.Ordinal);
        var published = new Dictionary<BigInteger, SortedDictionary<string, X509RevocationReason>>();
        var toldAgain = new List<StatusChange>(); // since the last position
        for (int step = 0; step < Steps; step++)
        {
            switch (random.Next(10))
            {
                case < 6:
                    StatusChange[] changes = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Invent(random, rig.Now))];
                    rig.Apply(changes);
                    Array.ForEach(changes, change => Apply(model, change));
                    toldAgain.AddRange(changes);
                    break;
                case 6:
                    rig.Restart();
                    break;
                case 7:
                    // What the source told last is told again, as after a crash before its position was kept.
                    StatusChange[] last = [.. toldAgain.Skip(Math.Max(0, toldAgain.Count - 5))];
                    rig.Apply(last);
                    Array.ForEach(last, change => Apply(model, change));
                    break;
                default:
                    rig.Clock.Advance(random.Next(3) == 0 ? TimeSpan.FromDays(1) : s_hour);
                    Judge(rig, rig.Publish(all: false), model, published);
                    break;
            }
        }

        Assert.True(published.Count > 5, "too few complete CRLs");
#pragma warning restore CA5394
    }

#pragma warning disable CA5394 // Do not use insecure randomness
    private static StatusChange Invent(Random random, DateTimeOffset now)
    {
        string serial = $"10{random.Next(Serials):X2}";
        return random.Next(3) == 0 ? Change.Good(serial) : Change.Revoked(serial, now, s_reasons[random.Next(s_reasons.Length)]);
    }
#pragma warning restore CA5394

    /// <summary>Only a hold can be released.</summary>
    private static void Apply(SortedDictionary<string, X509RevocationReason> model, StatusChange change)
    {
        string serial = change.Serial.ToString();
        bool isForGood = model.TryGetValue(serial, out X509RevocationReason before) && before != X509RevocationReason.CertificateHold;
        if (change.Status is { IsRevoked: true } && !(isForGood && change.Status.IsOnHold))
        {
            model[serial] = change.Status.Reason;
        }
        else if (!isForGood)
        {
            model.Remove(serial);
        }
    }

    private static void Judge(
        IssuanceRig rig, IReadOnlyList<DueCrl> due, SortedDictionary<string, X509RevocationReason> model, Dictionary<BigInteger, SortedDictionary<string, X509RevocationReason>> published)
    {
        if (due.Any(crl => !crl.IsDelta))
        {
            Assert.Equal(model, rig.Reasons());
        }

        if (due.Any(crl => crl.IsDelta))
        {
            CrlContents delta = rig.Read("ca-delta.crl");
            foreach ((BigInteger number, SortedDictionary<string, X509RevocationReason> complete) in published.Where(crl => crl.Key >= delta.BaseNumber && crl.Key < delta.Number))
            {
                var combined = new SortedDictionary<string, X509RevocationReason>(complete, StringComparer.Ordinal);
                foreach (ReadEntry entry in delta.Entries)
                {
                    string serial = Convert.ToHexString(entry.Serial);
                    if (entry.Reason == (int)X509RevocationReason.RemoveFromCrl)
                    {
                        combined.Remove(serial);
                    }
                    else
                    {
                        combined[serial] = (X509RevocationReason)entry.Reason;
                    }
                }

                Assert.True(model.SequenceEqual(combined), $"CRL {number} with delta {delta.Number} is not what is true");
            }
        }

        if (due.Any(crl => !crl.IsDelta))
        {
            published[rig.Read().Number] = new(rig.Reasons(), StringComparer.Ordinal);
        }
    }
}

using System.Security.Cryptography.X509Certificates;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.Storage.TableTesting;

namespace PkiCore.Tests.Serving.Storage;

/// <summary>The table and its queue beside a plain dictionary, through whatever may happen in any order.</summary>
public sealed class TableModelTests
{
    private static readonly int[] s_lengths = [64, 96, 256];

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    [InlineData(4, 6)]
    public void Table_and_queue_do_what_the_model_does(int seed, int segmentBits)
    {
        var model = new TableModel(new Random(seed), segmentBits, certificates: 300);
        for (int step = 1; step <= 30_000; step++)
        {
            Step(model);
            if (step % 250 == 0)
            {
                model.Check();
            }

            if (step % 3000 == 0)
            {
                model.SignAll();
            }
        }
    }

    [Fact]
    public void Many_certificates_in_small_segments_are_all_found_and_all_signed()
    {
        var model = new TableModel(new Random(5), segmentBits: 6, certificates: 1_500);
        for (int number = 0; number < 1_500; number++)
        {
            model.Apply(number, CertificateStatus.Good, Start.AddDays(100));
        }

        model.SignAll();
        model.Check();
    }

    private static void Step(TableModel model)
    {
        Random random = model.Random;
        switch (random.Next(100))
        {
            case < 55:
                model.Apply(random.Next(model.Certificates), RandomStatus(random), Start.AddDays(random.Next(1, 40)));
                break;
            case < 62:
                model.BeginChanges();
                break;
            case < 67:
                model.Confirm();
                break;
            case < 90:
                model.Sign(random.Next(1, 40), random.Next(8));
                break;
            case < 92:
                model.Now = Start.AddDays(random.Next(30)).AddSeconds(random.Next(100));
                break;
            case < 94:
                model.Recall();
                break;
            case < 95:
                model.SetSignatureLength(s_lengths[random.Next(s_lengths.Length)]);
                break;
            case < 97:
                model.BeginReading();
                break;
            case < 99:
                model.EndReading(random.Next(3) > 0);
                break;
            default:
                model.RemoveExpired(random.Next(4) == 0 ? uint.MaxValue : 16);
                break;
        }
    }

    private static CertificateStatus RandomStatus(Random random) => random.Next(20) switch
    {
        < 9 => CertificateStatus.Good,
        < 15 => new CertificateStatus(Start.AddSeconds(-random.Next(5)), X509RevocationReason.CertificateHold),
        < 18 => new CertificateStatus(Start.AddSeconds(-random.Next(5)), X509RevocationReason.CertificateHold, Start.AddDays(-random.Next(3))),
        18 => new CertificateStatus(new DateTimeOffset(1969, 1, 1, 0, 0, 0, TimeSpan.Zero), X509RevocationReason.CertificateHold),
        _ => new CertificateStatus(Start, (X509RevocationReason)random.Next(1, 6)),
    };
}

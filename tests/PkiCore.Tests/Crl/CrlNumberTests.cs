using System.Numerics;
using System.Runtime.Versioning;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

/// <summary>A number is never used twice, whatever happens to files.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlNumberTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    [Requirement("CX-2", "CX-3", "T-19")]
    public void Number_goes_up_by_one_for_all_CRLs_of_a_publication_and_over_restarts()
    {
        using var rig = new IssuanceRig(options =>
        {
            options.DeltaInterval = s_hour;
            options.Scopes = CrlScope.Shards(3, shard => $"http://crl.example/{shard}");
        });
        for (int number = 1; number <= 4; number++)
        {
            rig.PublishAfter(s_hour);
            Assert.All(rig.Files, name => Assert.Equal(number, rig.Read(name).Number));
            Assert.Equal($"{number}\n", File.ReadAllText(rig.NumberPath));
            rig.Restart();
        }
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("restored")]
    [InlineData("ahead")]
    [Requirement("CX-2", "T-19")]
    public void Number_is_higher_than_all_published_when_the_file_of_the_last_one_is(string state)
    {
        using var rig = new IssuanceRig();
        for (int i = 0; i < 5; i++)
        {
            rig.PublishAfter(s_hour);
        }

        rig.Restart(() =>
        {
            switch (state)
            {
                case "lost": File.Delete(rig.NumberPath); break;
                case "restored": File.WriteAllText(rig.NumberPath, "2\n"); break;
                default: File.WriteAllText(rig.NumberPath, "40\n"); break;
            }
        });
        rig.PublishAfter(s_hour);
        Assert.Equal(state == "ahead" ? 41 : 6, rig.Read().Number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("seven")]
    public void File_that_holds_no_number_stops_publishing_and_says_what_to_do(string text)
    {
        using var rig = new IssuanceRig();
        rig.Publish();
        File.WriteAllText(rig.NumberPath, text);
        Assert.Contains("Write the highest number", Assert.Throws<IOException>(() => rig.PublishAfter(s_hour)).Message, StringComparison.Ordinal);
        Assert.Equal(1, rig.Read().Number);
    }

    [Fact]
    [Requirement("CX-2", "T-19")]
    public void Everything_restored_from_a_backup_is_said_to_go_back_in_numbers_by_a_source_of_numbers_of_its_own()
    {
        // Whoever restores the whole folder needs a source of numbers elsewhere: what the folder says, it said before.
        var numbers = new CountingNumbers();
        using var rig = new IssuanceRig(options => options.NumberSource = numbers);
        rig.Publish();
        string backup = rig.Directory + ".backup";
        using (var file = File.OpenRead(rig.PathOf("ca.crl")))
        using (var copy = File.Create(backup))
        {
            file.CopyTo(copy);
        }

        rig.PublishAfter(s_hour);
        rig.PublishAfter(s_hour);
        rig.Restart(() => File.Copy(backup, rig.PathOf("ca.crl"), overwrite: true));
        rig.PublishAfter(s_hour);
        Assert.Equal(4, rig.Read().Number);
    }

    [Fact]
    public void Number_as_large_as_may_be_is_published()
    {
        BigInteger largest = (BigInteger.One << 159) - 1;
        using var rig = new IssuanceRig(options => options.NumberSource = new FixedNumber(largest));
        rig.Publish();
        Assert.Equal(largest, rig.Read().Number);
        Assert.Contains("number", Assert.Throws<InvalidDataException>(() => rig.PublishAfter(s_hour)).Message, StringComparison.Ordinal);
    }

    private sealed class CountingNumbers : ICrlNumberSource
    {
        private BigInteger _last;

        public BigInteger Take(BigInteger atLeast) => _last = BigInteger.Max(_last + 1, atLeast);
    }

    private sealed class FixedNumber(BigInteger number) : ICrlNumberSource
    {
        public BigInteger Take(BigInteger atLeast) => number;
    }
}

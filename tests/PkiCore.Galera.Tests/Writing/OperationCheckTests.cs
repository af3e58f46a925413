using PkiCore.Galera.Writing;
using PkiCore.Responder.Commands;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>What is refused before the database sees it.</summary>
public sealed class OperationCheckTests
{
    [Fact]
    public void A_time_that_the_column_cannot_hold_is_named_with_the_certificate()
    {
        RevocationOperation revoke = RevocationOperation.Revoke(Plans.Serial(7)) with { RevocationTime = new DateTimeOffset(999, 12, 31, 0, 0, 0, TimeSpan.Zero) };
        Assert.Equal("The operation Revoke of 07 is of a time before the year 1000.", OperationCheck.FindFault(revoke));
        Assert.Throws<ArgumentException>(() => OperationCheck.Check(revoke));
        Assert.Null(OperationCheck.FindFault(revoke with { RevocationTime = Plans.Now }));
    }

    [Fact]
    public void A_line_of_an_index_that_the_database_cannot_hold_is_found_before_anything_is_imported()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder.File("index.txt"), "V\t300101000000Z\t\t01\tunknown\t/CN=good\nV\t05000101000000Z\t\t02\tunknown\t/CN=old\n");
        IReadOnlyList<string> faults = new IndexFile(folder.File("index.txt")).FindFaults(out long count, out long faultCount);
        Assert.Equal((2, 1), (count, faultCount));
        Assert.StartsWith("line 2: ", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "unknown")]
    [InlineData("somebody", "somebody")]
    public void A_process_without_a_user_name_can_write_all_the_same(string name, string actor) =>
        Assert.Equal(actor, RevocationStoreOptions.NameOr(name, "unknown"));
}

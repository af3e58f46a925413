using PkiCore.Galera.Schema;

namespace PkiCore.Galera.Tests.Schema;

/// <summary>How scripts are taken apart.</summary>
public sealed class SqlScriptTests
{
    [Fact]
    public void Statements_end_at_semicolons_outside_of_quotes_and_comments() =>
        Assert.Equal(
            ["A 'x;y' \"b;c\" `d;e`", "B -- not; here\n  C", "D"],
            SqlScript.Split("-- first; comment\nA 'x;y' \"b;c\" `d;e`;\n\n-- second\nB -- not; here\n  C;\nD;\n-- end; of it\n").Select(statement => statement));

    [Theory]
    [InlineData("")]
    [InlineData("\n  \n")]
    [InlineData("-- nothing; but a comment")]
    public void A_script_without_a_statement_has_none(string script) => Assert.Empty(SqlScript.Split(script));

    [Fact]
    public void Every_statement_of_the_migrations_can_be_run_again()
    {
        string[] statements = [.. Migration.All.SelectMany(migration => SqlScript.Split(migration.Text))];
        Assert.True(statements.Length > 5);
        Assert.All(statements, statement => Assert.Matches(@"\A(CREATE TABLE IF NOT EXISTS|ALTER TABLE \S+ ADD \S+ IF NOT EXISTS|CREATE INDEX IF NOT EXISTS) ", statement));
    }

    [Fact]
    public void Versions_are_numbered_from_one_without_a_gap() =>
        Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(migration => migration.Version));
}

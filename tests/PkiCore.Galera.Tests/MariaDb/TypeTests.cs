using System.Data.Common;
using System.Numerics;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>What goes in comes out.</summary>
public sealed class TypeTests(ServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, object, object> Values => new()
    {
        { "TINYINT", sbyte.MinValue, sbyte.MinValue },
        { "TINYINT UNSIGNED", byte.MaxValue, byte.MaxValue },
        { "TINYINT(1)", true, (sbyte)1 },
        { "SMALLINT", short.MinValue, short.MinValue },
        { "SMALLINT UNSIGNED", ushort.MaxValue, ushort.MaxValue },
        { "MEDIUMINT", -8388608, -8388608 },
        { "MEDIUMINT UNSIGNED", 16777215u, 16777215u },
        { "INT", int.MinValue, int.MinValue },
        { "INT UNSIGNED", uint.MaxValue, uint.MaxValue },
        { "BIGINT", long.MinValue, long.MinValue },
        { "BIGINT UNSIGNED", ulong.MaxValue, ulong.MaxValue },
        { "BIT(40)", 0x1234567890UL, 0x1234567890UL },
        { "YEAR", 2155, (short)2155 },
        { "FLOAT", 1.5f, 1.5f },
        { "DOUBLE", Math.PI, Math.PI },
        { "DECIMAL(65,30)", new string('9', 35) + "." + new string('8', 30), new string('9', 35) + "." + new string('8', 30) },
        { "DECIMAL(20,2)", 12.34m, "12.34" },
        { "DECIMAL(65,0)", BigInteger.Pow(10, 64), BigInteger.Pow(10, 64).ToString(System.Globalization.CultureInfo.InvariantCulture) },
        { "VARCHAR(50) CHARACTER SET utf8mb4", "Grüße, 世界 \U0001F510", "Grüße, 世界 \U0001F510" },
        { "VARCHAR(50) CHARACTER SET latin1", "Grüße", "Grüße" },
        { "CHAR(3)", "abc", "abc" },
        { "TEXT", "", "" },
        { "VARBINARY(20)", new byte[] { 0, 255, 1 }, new byte[] { 0, 255, 1 } },
        { "BINARY(4)", new byte[] { 1, 2, 3, 4 }, new byte[] { 1, 2, 3, 4 } },
        { "BLOB", Array.Empty<byte>(), Array.Empty<byte>() },
        { "DATETIME(6)", Utc(1999, 12, 31, 23, 59, 59).AddTicks(9_999_990), Utc(1999, 12, 31, 23, 59, 59).AddTicks(9_999_990) },
        { "DATETIME", Utc(9999, 12, 31, 23, 59, 59), Utc(9999, 12, 31, 23, 59, 59) },
        { "TIMESTAMP(6)", new DateTimeOffset(2030, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)), Utc(2030, 1, 1, 0, 0, 0) },
        { "DATE", new DateOnly(2026, 2, 28), Utc(2026, 2, 28, 0, 0, 0) },
        { "TIME(6)", new TimeSpan(-5, -4, -3, -2, 0), new TimeSpan(-5, -4, -3, -2, 0) },
        { "ENUM('a','b')", "b", "b" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_comes_back_as_it_went_in(string type, object value, object expected)
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync($"CREATE TEMPORARY TABLE t (v {type} NULL)");
        await connection.RunAsync("INSERT INTO t VALUES (?), (NULL)", value);
        await using DbCommand command = connection.Command("SELECT v FROM t ORDER BY v IS NULL");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(expected, reader.GetValue(0));
        Assert.Equal(expected.GetType(), reader.GetFieldType(0));
        if (expected is DateTime)
        {
            Assert.Equal(DateTimeKind.Utc, reader.GetDateTime(0).Kind);
        }

        Assert.True(await reader.ReadAsync(Token));
        Assert.True(await reader.IsDBNullAsync(0, Token));
        Assert.Equal(DBNull.Value, reader.GetValue(0));
        Assert.False(await reader.ReadAsync(Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(1 << 20)]
    [InlineData(20 << 20)]
    public async Task Bytes_of_any_length_come_back(int length)
    {
        byte[] value = new byte[length];
        new Random(length).NextBytes(value);
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE TEMPORARY TABLE t (id INT, v LONGBLOB)");
        await connection.RunAsync("INSERT INTO t VALUES (1, ?), (2, ?)", value, new ReadOnlyMemory<byte>([7]));
        await using DbCommand command = connection.Command("SELECT v, id FROM t ORDER BY id");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(length, reader.GetBytes(0, 0, null, 0, 0));
        Assert.True(value.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(0)));
        Assert.Equal(1, reader.GetInt32(1));
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal([7], reader.GetFieldValue<byte[]>(0));
    }

    [Fact]
    public async Task A_part_of_a_value_can_be_read()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT x'0001020304'");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        byte[] buffer = new byte[4];
        Assert.Equal(3, reader.GetBytes(0, 2, buffer, 1, 10));
        Assert.Equal([0, 2, 3, 4], buffer);
        Assert.Equal(0, reader.GetBytes(0, 5, buffer, 0, 1));
    }

    [Fact]
    public async Task Getters_convert_between_integers_and_refuse_what_does_not_fit()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT CAST(300 AS UNSIGNED), 18446744073709551615, NULL, '2020-01-01', CAST('0.1' AS DECIMAL(40,38)), 'x'");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(300, reader.GetInt32(0));
        Assert.Equal((uint?)300, reader.GetFieldValue<uint?>(0));
        Assert.Throws<OverflowException>(() => reader.GetByte(0));
        Assert.Throws<OverflowException>(() => reader.GetInt64(1));
        Assert.Equal(ulong.MaxValue, reader.GetFieldValue<ulong>(1));
        Assert.Null(reader.GetFieldValue<int?>(2));
        Assert.Throws<InvalidCastException>(() => reader.GetInt32(2));
        Assert.Throws<InvalidCastException>(() => reader.GetDateTime(3));
        Assert.Throws<OverflowException>(() => reader.GetDecimal(4));
        Assert.Throws<InvalidCastException>(() => reader.GetInt32(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetInt32(6));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetOrdinal("nothing"));
    }

    private static DateTime Utc(int year, int month, int day, int hour, int minute, int second) =>
        new(year, month, day, hour, minute, second, DateTimeKind.Utc);
}

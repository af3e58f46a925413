using System.Formats.Asn1;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using PkiCore.Asn1;

namespace PkiCore.Tests.Asn1;

/// <summary>What one writes the other reads: our writer and reader, .NET's writer and decoder, crosswise.</summary>
public sealed class DerRoundTripTests
{
    private const AsnEncodingRules Der = AsnEncodingRules.DER;

    [Fact]
    public void Octet_strings() => Prop.ForAll<byte[]>(contents =>
    {
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents.Length)];
        new DerWriter(encoded).WriteOctetString(contents);
        var reader = new DerReader(encoded);
        return reader.TryReadOctetString(out ReadOnlySpan<byte> read) && reader.IsEmpty && read.SequenceEqual(contents)
            && AsnDecoder.ReadOctetString(encoded, Der, out _).AsSpan().SequenceEqual(contents);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bit_strings() => Prop.ForAll<byte[]>(bits =>
    {
        byte[] encoded = new byte[DerWriter.GetEncodedLength(bits.Length + 1)];
        new DerWriter(encoded).WriteBitString(bits);
        var reader = new DerReader(encoded);
        return reader.TryReadBitString(out ReadOnlySpan<byte> read, out int unused) && reader.IsEmpty && unused == 0 && read.SequenceEqual(bits)
            && AsnDecoder.ReadBitString(encoded, Der, out int theirs, out _).AsSpan().SequenceEqual(bits) && theirs == 0;
    }).QuickCheckThrowOnFailure();

    [Fact]
    [Requirement("T-7")]
    public void Integers() => Prop.ForAll<BigInteger, byte>((value, shift) =>
    {
        value <<= shift; // beyond what is generated: up to 300 bits
        byte[] contents = value.ToByteArray(isUnsigned: false, isBigEndian: true);
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents.Length)];
        new DerWriter(encoded).WriteInteger(contents);
        var expected = new AsnWriter(Der);
        expected.WriteInteger(value);
        var reader = new DerReader(encoded);
        return expected.EncodedValueEquals(encoded)
            && reader.TryReadInteger(out ReadOnlySpan<byte> read) && reader.IsEmpty && new BigInteger(read, isUnsigned: false, isBigEndian: true) == value;
    }).QuickCheckThrowOnFailure();

    [Fact]
    [Requirement("T-15")]
    public void Times() => Prop.ForAll<DateTimeOffset>(time =>
    {
        byte[] encoded = new byte[2 + DerTime.Length];
        new DerWriter(encoded).WriteGeneralizedTime(time);
        var expected = new AsnWriter(Der);
        expected.WriteGeneralizedTime(time, omitFractionalSeconds: true);
        var reader = new DerReader(encoded);
        return expected.EncodedValueEquals(encoded)
            && reader.TryReadGeneralizedTime(out DateTimeOffset read) && reader.IsEmpty
            && read.UtcTicks == time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Object_identifiers() => Prop.ForAll<byte, uint[]>((first, rest) =>
    {
        string oid = string.Join('.', [$"{first % 3}", $"{first % 40}", .. rest.Select(arc => $"{arc}")]);
        var writer = new AsnWriter(Der);
        writer.WriteObjectIdentifier(oid);
        byte[] encoded = writer.Encode();
        var reader = new DerReader(encoded);
        if (!reader.TryReadObjectIdentifier(out ReadOnlySpan<byte> contents) || !reader.IsEmpty)
        {
            return false;
        }

        byte[] again = new byte[encoded.Length];
        new DerWriter(again).WriteObjectIdentifier(contents);
        return again.AsSpan().SequenceEqual(encoded);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_judged_as_dotnet_judges_them() => Prop.ForAll<byte[], byte>((contents, tag) =>
    {
        // a right length in front makes more of the random contents count
        byte[] encoded = [tag, (byte)Math.Min(contents.Length, 127), .. contents.Take(127)];
        string type = DerTypes.NameOf(tag);
        bool sameRules = type != "GeneralizedTime" && (tag & 0x1F) != 0x1F;
        return !sameRules || DerTypes.Accepts(type, encoded) == DerTypes.SystemAccepts(type, encoded);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
}

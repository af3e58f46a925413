using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl.Following;

/// <summary>The serial numbers of issued certificates, from a text file. Immutable.</summary>
internal sealed class IssuedSerials
{
    private readonly HashSet<SerialNumber> _serials = [];

    private IssuedSerials()
    {
    }

    /// <summary>Nothing is known of what was issued.</summary>
    public static IssuedSerials None { get; } = new();

    public IReadOnlySet<SerialNumber> Serials => _serials;

    /// <summary>The same for the same numbers in the same order.</summary>
    public string Identity { get; private set; } = "";

    /// <summary>Reads a file. A number that is cut off is another number, so a faulty file says nothing at all.</summary>
    /// <exception cref="InvalidDataException">A line is not a serial number, or the file is half-written.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IssuedSerials Read(string path)
    {
        FileIdentity.CheckIsRegular(path);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        FileIdentity identity = FileIdentity.Of(file);
        using var lines = new OpenSslIndexLines(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var issued = new IssuedSerials();
        Span<byte> octets = stackalloc byte[1 + SerialNumber.MaxLength];
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            line = line.Trim(" \t"u8);
            if (line.IsEmpty && !lines.IsTooLong)
            {
                continue;
            }

            if (lines.IsTooLong || !TryParse(line, out SerialNumber serial))
            {
                throw new InvalidDataException($"'{path}': line {lines.Number} is not one serial number of at most {SerialNumber.MaxOctets} octets in hexadecimal.");
            }

            issued._serials.Add(serial);
            octets[0] = (byte)serial.CopyTo(octets[1..]);
            hash.AppendData(octets[..(1 + octets[0])]);
        }

        FileIdentity after = FileIdentity.Of(file);
        if (!lines.IsComplete || (after.Length, after.ModifiedTicks) != (identity.Length, identity.ModifiedTicks))
        {
            throw new InvalidDataException($"'{path}' is half-written: {(lines.IsComplete ? "it changed while it was read" : "its last line has no end")}.");
        }

        issued.Identity = Convert.ToHexString(hash.GetHashAndReset());
        return issued;
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out SerialNumber serial)
    {
        const int MaxDigits = 256; // leading zeros are no fault
        Span<char> text = stackalloc char[MaxDigits];
        serial = default;
        return line.Length <= MaxDigits && Encoding.UTF8.TryGetChars(line, text, out int length) && SerialNumber.TryParse(text[..length], out serial);
    }
}

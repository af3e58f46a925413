using System.Security.Cryptography;

namespace PkiCore.Responder.Demo;

/// <summary>Random serial numbers as <c>openssl ca</c> writes them: upper-case hex, an even number of digits.</summary>
internal static class SerialNumbers
{
    private const int Length = 16;

    public static string Next() => NextMany(1)[0];

    /// <summary>126 bits from a CSPRNG each; the Baseline Requirements (7.1) ask for 64.</summary>
    public static string[] NextMany(int count)
    {
        byte[] random = RandomNumberGenerator.GetBytes(checked(count * Length));
        var serials = new string[count];
        for (int i = 0; i < count; i++)
        {
            Span<byte> serial = random.AsSpan(i * Length, Length);
            // Positive (RFC 5280, 4.1.2.2), and always 16 octets: no leading zero that DER would drop.
            serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
            serials[i] = Convert.ToHexString(serial);
        }

        return serials;
    }
}

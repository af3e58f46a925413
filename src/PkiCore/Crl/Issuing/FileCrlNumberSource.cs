using System.Globalization;
using System.Numerics;
using System.Text;
using PkiCore.IO;

namespace PkiCore.Crl.Issuing;

/// <summary>Keeps the last CRL number in a file.</summary>
internal sealed class FileCrlNumberSource(string path) : ICrlNumberSource
{
    private readonly Lock _taking = new();

    public BigInteger Take(BigInteger atLeast)
    {
        lock (_taking)
        {
            BigInteger next = BigInteger.Max(ReadLast() + 1, atLeast);
            DurableFile.Write(path, Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture) + "\n"));
            return next;
        }
    }

    private BigInteger ReadLast()
    {
        string text;
        try
        {
            text = File.ReadAllText(path).Trim();
        }
        catch (FileNotFoundException)
        {
            return 0;
        }

        return BigInteger.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger last) ? last
            : throw new IOException($"'{path}' should hold the last CRL number and holds '{(text.Length > 50 ? text[..50] : text)}'. Write the highest number ever published into it.");
    }
}

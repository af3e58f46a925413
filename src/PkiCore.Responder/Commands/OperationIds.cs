using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>Operation ids that follow from what is done: done again, it is the same operation.</summary>
internal static class OperationIds
{
    /// <param name="purpose">Who does it.</param>
    /// <param name="issuer">The CA.</param>
    /// <param name="state">What is to be written.</param>
    public static Guid Of(string purpose, Issuer issuer, in StatusChange state)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{purpose}|{Convert.ToHexString(issuer.GetNameHash(CertIdHash.Sha256))}|{Convert.ToHexString(issuer.GetKeyHash(CertIdHash.Sha256))}|{state.Serial}|{state.NotAfter.UtcTicks}|{state.Status.RevocationTime?.UtcTicks}|{(int)state.Status.Reason}|{state.Status.InvalidityDate?.UtcTicks}");
        return new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16), bigEndian: true);
    }
}

using System.Numerics;

namespace PkiCore.Crl;

/// <summary>Hands out CRL numbers (RFC 5280 5.2.3). Safe for use from several threads, and from several processes if several issue CRLs of one issuer.</summary>
public interface ICrlNumberSource
{
    /// <summary>Takes a number that was never handed out before and never will be again, whatever fails afterwards: it is on the disk when this returns.</summary>
    /// <param name="atLeast">No less: one more than the highest number that is known to have been published.</param>
    /// <exception cref="IOException">No number can be had now.</exception>
    BigInteger Take(BigInteger atLeast);
}

using System.Numerics;
using PkiCore.Crl;

namespace PkiCore.Responder.Commands;

/// <summary>CRL numbers that go on after those of another program.</summary>
internal sealed class LeastCrlNumber(ICrlNumberSource source, BigInteger least) : ICrlNumberSource
{
    public BigInteger Take(BigInteger atLeast) => source.Take(BigInteger.Max(least, atLeast));
}

using BenchmarkDotNet.Attributes;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Ocsp;
using PkiCore.Ocsp;
using OcspRequest = PkiCore.Ocsp.OcspRequest;

namespace PkiCore.Benchmarks;

/// <summary>
/// From the bytes of a request to what a responder needs of it: hash algorithm, issuer, serial number, and whether there is a nonce. Both sides
/// read all of that, and return a sum of it so that nothing can be left out.
/// </summary>
[MemoryDiagnoser]
public class ParseRequest
{
    private byte[] _request = [];

    [ParamsAllValues]
    public RequestKind Request { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        using var inputs = new Inputs();
        _request = inputs.CreateRequest(inputs.Serials[0], Request);
        if (PkiCore() != BouncyCastle())
        {
            throw new InvalidOperationException("The two parsers read different requests.");
        }
    }

    [Benchmark]
    public int PkiCore()
    {
        if (!OcspRequest.TryParse(_request, out OcspRequest request, out _))
        {
            return -1;
        }

        int sum = request.Nonce.IsEmpty ? 0 : 1;
        foreach (CertId certId in request)
        {
            sum += certId.Hash is null ? 0 : 1;
            sum += certId.IssuerNameHash.Length + certId.IssuerKeyHash[^1] + certId.SerialNumber[^1];
        }

        return sum;
    }

    [Benchmark(Baseline = true)]
    public int BouncyCastle()
    {
        var request = new OcspReq(_request);
        int sum = request.RequestExtensions?.GetExtension(OcspObjectIdentifiers.PkixOcspNonce) is null ? 0 : 1;
        foreach (Req single in request.GetRequestList())
        {
            CertificateID certId = single.GetCertID();
            sum += certId.HashAlgOid is null ? 0 : 1;
            sum += certId.GetIssuerNameHash().Length + certId.GetIssuerKeyHash()[^1] + (certId.SerialNumber.IntValue & 0xFF);
        }

        return sum;
    }
}

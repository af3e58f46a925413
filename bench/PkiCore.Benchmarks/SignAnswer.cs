using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BenchmarkDotNet.Attributes;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Security;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.X509;
using BasicOcspResp = Org.BouncyCastle.Ocsp.BasicOcspResp;

namespace PkiCore.Benchmarks;

/// <summary>The keys that sign.</summary>
public enum SignerKey
{
    /// <summary>ECDSA on P-256.</summary>
    EcdsaP256,

    /// <summary>RSA of 2048 bits.</summary>
    Rsa2048,
}

/// <summary>
/// Building and signing one reply: write the ResponseData, hash, sign, stitch. The baseline is .NET's bare signature of a digest,
/// which no responder on the same key can beat.
/// </summary>
[MemoryDiagnoser]
public class SignAnswer
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly byte[] _toBeSigned = new byte[2048];
    private readonly byte[] _signature = new byte[ResponderIdentity.MaxSignatureLength];
    private readonly byte[] _reply = new byte[OcspResponder.MaxReplyLength];
    private readonly byte[] _digest = SHA256.HashData("a ResponseData"u8);
    private byte[] _request = [];
    private AsymmetricAlgorithm? _key;
    private Signing.ISigner? _signer;
    private ResponderIdentity? _identity;
    private OcspResponseTemplate? _template;
    private DateTime _thisUpdate;
    private CertificateID? _bouncyCertId;
    private AsymmetricKeyParameter? _bouncyKey;
    private Org.BouncyCastle.X509.X509Certificate? _bouncyCertificate;

    [ParamsAllValues]
    public SignerKey Key { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        using var inputs = new Inputs(1, Key == SignerKey.Rsa2048 ? DemoKeyType.Rsa2048 : DemoKeyType.EcdsaP256);
        _request = inputs.CreateRequest(inputs.Serials[0]);
        string pem = File.ReadAllText(inputs.Ca.ResponderKeyPath);
        _key = Key == SignerKey.Rsa2048 ? RSA.Create() : ECDsa.Create();
        _key.ImportFromPem(pem);

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        _thisUpdate = now.UtcDateTime;
        _signer = SoftwareSigner.FromPemFiles(inputs.Ca.ResponderPath, inputs.Ca.ResponderKeyPath);
        _identity = ResponderIdentity.Create(inputs.Issuer, _signer, new OcspResponderOptions().Validated(), now);
        _template = _identity.CreateTemplate(now, now, now.AddDays(4));

        _bouncyCertId = new OcspReq(_request).GetRequestList()[0].GetCertID();
        _bouncyKey = PrivateKeyFactory.CreateKey(_key.ExportPkcs8PrivateKey());
        _bouncyCertificate = DotNetUtilities.FromX509Certificate(_signer.Certificate);

        Check(inputs.Issuer, _reply.AsSpan(0, PkiCore()), now);
        Check(inputs.Issuer, BouncyCastleReply(), now);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _signer!.Dispose();
        _key!.Dispose();
    }

    [Benchmark]
    public int PkiCore()
    {
        if (!OcspRequest.TryParse(_request, out OcspRequest request, out _))
        {
            return -1;
        }

        OcspRequest.CertIdEnumerator certIds = request.GetEnumerator();
        certIds.MoveNext();
        var single = new SingleResponse(certIds.Current.Prefix, certIds.Current.SerialNumber, Status.CertificateStatus.Good);
        int toBeSigned = _template!.WriteToBeSigned(_toBeSigned, single);
        int signature = _identity!.Sign(_toBeSigned.AsSpan(0, toBeSigned), _signature, s_timeout, SigningPriority.Batch);
        return _template.Write(_reply, single, _signature.AsSpan(0, signature));
    }

    [Benchmark(Baseline = true)]
    public int BareSignHash()
    {
        int length;
        _ = _key is ECDsa ecdsa
            ? ecdsa.TrySignHash(_digest, _signature, DSASignatureFormat.Rfc3279DerSequence, out length)
            : ((RSA)_key!).TrySignHash(_digest, _signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, out length);
        return length;
    }

    [Benchmark]
    public int BouncyCastle() => BouncyCastleReply().Length;

    private byte[] BouncyCastleReply()
    {
        var generator = new BasicOcspRespGenerator(_bouncyCertificate!.GetPublicKey());
        generator.AddResponse(_bouncyCertId, CertificateStatus.Good, _thisUpdate, _thisUpdate.AddDays(4), singleExtensions: null);
        string algorithm = Key == SignerKey.Rsa2048 ? "SHA256withRSA" : "SHA256withECDSA";
        BasicOcspResp basic = generator.Generate(algorithm, _bouncyKey, [_bouncyCertificate], _thisUpdate);
        return new OCSPRespGenerator().Generate(OCSPRespGenerator.Successful, basic).GetEncoded();
    }

    private static void Check(Issuer issuer, ReadOnlySpan<byte> reply, DateTimeOffset now)
    {
        OcspResponse? response = OcspResponse.Parse(reply);
        if (response is null || OcspResponseVerifier.Verify(response, issuer, now) != OcspVerificationResult.Valid)
        {
            throw new InvalidOperationException("A reply does not verify.");
        }
    }
}

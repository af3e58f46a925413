using BenchmarkDotNet.Attributes;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Benchmarks;

/// <summary>
/// From the bytes of a request to the bytes of the reply that was signed ahead, over one certificate and over 100,000 at random. The
/// baseline is what one writes with BouncyCastle: parse, look the serial number up in a dictionary, copy the stored reply.
/// </summary>
[MemoryDiagnoser]
public class AnswerHit
{
    private readonly byte[] _reply = new byte[16 * 1024];
    private readonly Dictionary<BigInteger, byte[]> _stored = [];
    private Inputs? _inputs;
    private ISigner? _signer;
    private OcspResponder? _responder;
    private byte[] _requests = []; // one behind the other, in the order in which they come
    private byte[] _request = [];
    private int _next;

    [Params(1, 100_000)]
    public int Certificates { get; set; }

    [GlobalSetup]
    public void Setup() => SetupAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Cleanup()
    {
        _responder!.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _signer!.Dispose();
        _inputs!.Dispose();
    }

    [Benchmark]
    public int PkiCore() => _responder!.Answer(NextRequest(), _reply).Length;

    [Benchmark(Baseline = true)]
    public int BouncyCastle()
    {
        CertificateID certId = new OcspReq(NextRequest()).GetRequestList()[0].GetCertID();
        byte[] reply = _stored[certId.SerialNumber];
        reply.CopyTo(_reply, 0);
        return reply.Length;
    }

    /// <summary>A request arrives in a buffer that is in the cache, as it does from a socket; what it asks for need not be.</summary>
    private byte[] NextRequest()
    {
        _requests.AsSpan(_next, _request.Length).CopyTo(_request);
        _next += _request.Length;
        _next = _next == _requests.Length ? 0 : _next;
        return _request;
    }

    private async Task SetupAsync()
    {
        _inputs = new Inputs(Certificates);
        _signer = SoftwareSigner.FromPemFiles(_inputs.Ca.ResponderPath, _inputs.Ca.ResponderKeyPath);
        _responder = new OcspResponder();
        _responder.AddIssuer(_inputs.Issuer, _signer, new OpenSslIndexSource(_inputs.Ca.IndexPath));
        await _responder.StartAsync();

        byte[][] requests = [.. _inputs.Serials.Select(serial => _inputs.CreateRequest(serial))];
        _request = new byte[requests[0].Length];
        requests = [.. requests.Where(request => request.Length == _request.Length)]; // a serial number can have a leading zero octet
        foreach (byte[] request in requests)
        {
            while (_responder.Answer(request, _reply).Outcome == OcspOutcome.NeedsSignature)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        OcspAnswer answer = _responder.Answer(requests[0], _reply);
        if (answer.Outcome != OcspOutcome.Good)
        {
            throw new InvalidOperationException($"A listed certificate is answered as {answer.Outcome}.");
        }

        // One reply for all: how much memory stored replies take is not the question here.
        byte[] stored = _reply[..answer.Length];
        foreach (string serial in _inputs.Serials)
        {
            _stored[new BigInteger(serial, 16)] = stored;
        }

        Random.Shared.Shuffle(requests);
        _requests = [.. requests.SelectMany(request => request)];
    }
}

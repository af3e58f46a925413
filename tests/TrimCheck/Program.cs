using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

// usage: TrimCheck CA SIGNER KEY INDEX REQUEST: answers the request as a library and by HTTP, and prints both outcomes.
byte[] request = await File.ReadAllBytesAsync(args[4]);
var issuer = Issuer.FromPemFile(args[0]);

using var signer = SoftwareSigner.FromPemFiles(args[1], args[2]);
await using var responder = new OcspResponder(new OcspResponderOptions { Validity = TimeSpan.FromDays(4) });
responder.AddIssuer(issuer, signer, new OpenSslIndexSource(args[3]));
await responder.StartAsync();
byte[] reply = new byte[responder.MaxResponseLength];
OcspAnswer answer = responder.Answer(request, reply);
if (answer.Outcome == OcspOutcome.NeedsSignature)
{
    answer = await responder.SignAsync(request, reply);
}

Print("library", reply.AsSpan(0, answer.Length));

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Logging.ClearProviders();
builder.Services.AddOcspResponder().AddIssuer(args[0], args[1], args[2], args[3]);
builder.Services.AddHealthChecks().AddOcspResponder();
await using WebApplication app = builder.Build();
app.MapOcsp("/ocsp");
app.MapHealthChecks("/healthz");
await app.StartAsync();

using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
while (await client.GetStringAsync(new Uri("/healthz", UriKind.Relative), limit.Token) != "Healthy")
{
    await Task.Delay(50, limit.Token);
}

Print("http", await client.GetByteArrayAsync(new Uri("/ocsp/" + Uri.EscapeDataString(Convert.ToBase64String(request)), UriKind.Relative), limit.Token));

void Print(string way, ReadOnlySpan<byte> encoded)
{
    OcspResponse? response = OcspResponse.Parse(encoded);
    string text = response?.Status != OcspResponseStatus.Successful ? Convert.ToHexString(encoded)
        : $"{response.Responses[0].Status} {OcspResponseVerifier.Verify(response, issuer, TimeProvider.System.GetUtcNow())}";
    Console.WriteLine($"{way}: {text}");
}

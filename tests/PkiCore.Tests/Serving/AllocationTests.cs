using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>DESIGN rule 9.</summary>
public sealed class AllocationTests
{
    [Fact]
    public async Task Answering_a_hit_allocates_nothing()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        byte[][] requests = [rig.Request("01"), rig.Request("01", CertIdHash.Sha1), rig.Request("02"), new TestRequest().Add(rig.Authority.Issuer, "02").WithNonce([1, 2, 3]).Encode()];
        byte[] reply = new byte[rig.Responder.MaxResponseLength];

        foreach (byte[] request in requests)
        {
            AllocationBudget.Assert("answer-hit", () => rig.Responder.Answer(request, reply));
        }
    }

    [Fact]
    public async Task Answering_what_is_not_signed_allocates_nothing()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using var foreign = new TestAuthority("CN=Foreign CA");
        byte[][] requests = [rig.Request("FF"), TestRequest.For(foreign.Issuer, "01"), [0x30, 0x03, 0x02, 0x01, 0x00], rig.Request("01", CertIdHash.Sha512)];
        byte[] reply = new byte[rig.Responder.MaxResponseLength];

        foreach (byte[] request in requests)
        {
            AllocationBudget.Assert("answer-error", () => rig.Responder.Answer(request, reply));
        }
    }
}

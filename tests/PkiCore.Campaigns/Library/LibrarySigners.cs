using PkiCore.Responder.Demo;
using PkiCore.Signing;

namespace PkiCore.Campaigns.Library;

/// <summary>Delegated signers of one CA, whose signatures are of different lengths.</summary>
internal sealed class LibrarySigners : IDisposable
{
    private static readonly DemoKeyType[] s_keyTypes = [DemoKeyType.EcdsaP256, DemoKeyType.EcdsaP384, DemoKeyType.EcdsaP256, DemoKeyType.Rsa2048, DemoKeyType.EcdsaP256];

    private readonly ISigner[] _signers;
    private int _next;

    public LibrarySigners(DemoCa ca) => _signers = [.. s_keyTypes.Select((type, number) => Create(ca, type, number))];

    /// <summary>Another one than the last.</summary>
    public ISigner Next() => _signers[_next++ % _signers.Length];

    public void Dispose()
    {
        foreach (ISigner signer in _signers)
        {
            (signer as IDisposable)?.Dispose();
        }
    }

    private static ISigner Create(DemoCa ca, DemoKeyType type, int number)
    {
        DemoCertificate certificate = ca.CreateResponder(new DemoResponderOptions { Name = $"signer{number}", KeyType = type });
        return SoftwareSigner.FromPemFiles(certificate.CertificatePath, certificate.KeyPath);
    }
}

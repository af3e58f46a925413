namespace PkiCore.Responder.Demo;

/// <summary>The kinds of key a demonstration CA, responder or certificate can have.</summary>
internal enum DemoKeyType
{
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    Rsa2048,
}

using System.Security.Cryptography;
using PkiCore.Pkcs11.Interop;
using PkiCore.X509;

namespace PkiCore.Pkcs11;

/// <summary>How a signature algorithm is asked of a token (PKCS #11 2.40 mechanisms 2.1, 2.3; 3.0 for EdDSA).</summary>
internal sealed class Pkcs11Mechanism
{
    private static readonly (HashAlgorithmName Hash, ulong Mechanism, ulong Mgf, byte[] DigestInfo)[] s_hashes =
    [
        (HashAlgorithmName.SHA256, CK.CKM_SHA256, CK.CKG_MGF1_SHA256, Convert.FromHexString("3031300D060960864801650304020105000420")),
        (HashAlgorithmName.SHA384, CK.CKM_SHA384, CK.CKG_MGF1_SHA384, Convert.FromHexString("3041300D060960864801650304020205000430")),
        (HashAlgorithmName.SHA512, CK.CKM_SHA512, CK.CKG_MGF1_SHA512, Convert.FromHexString("3051300D060960864801650304020305000440")),
    ];

    private Pkcs11Mechanism(ulong type, byte[] prefix, CK_RSA_PKCS_PSS_PARAMS? pss)
    {
        Type = type;
        Prefix = prefix;
        Pss = pss;
    }

    /// <summary>CKM.</summary>
    public ulong Type { get; }

    /// <summary>What goes before the digest: the start of a DigestInfo (RFC 8017 9.2 note 1), or nothing.</summary>
    public ReadOnlyMemory<byte> Prefix { get; }

    public CK_RSA_PKCS_PSS_PARAMS? Pss { get; }

    public static Pkcs11Mechanism For(SignatureAlgorithm algorithm)
    {
        var hash = s_hashes.FirstOrDefault(known => known.Hash == algorithm.Hash);
        return algorithm.Scheme switch
        {
            SignatureScheme.Ecdsa => new Pkcs11Mechanism(CK.CKM_ECDSA, [], pss: null),
            SignatureScheme.EdDsa => new Pkcs11Mechanism(CK.CKM_EDDSA, [], pss: null),
            SignatureScheme.RsaPkcs1 => new Pkcs11Mechanism(CK.CKM_RSA_PKCS, hash.DigestInfo, pss: null),
            _ => new Pkcs11Mechanism(CK.CKM_RSA_PKCS_PSS, [], new CK_RSA_PKCS_PSS_PARAMS { hashAlg = hash.Mechanism, mgf = hash.Mgf, sLen = hash.DigestInfo[^1] }),
        };
    }
}

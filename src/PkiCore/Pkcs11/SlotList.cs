using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>Looks for tokens in the slots of a module.</summary>
internal static unsafe class SlotList
{
    /// <summary>The tokens that are there now.</summary>
    /// <exception cref="SigningException">The module does not say.</exception>
    public static List<(ulong SlotId, TokenInfo Info)> Read(Pkcs11Module module)
    {
        List<(ulong, TokenInfo)> tokens = Read(module, metrics: null, out CKR fault);
        return tokens.Count > 0 || fault == CKR.CKR_OK ? tokens : throw Fail(nameof(Cryptoki.C_GetTokenInfo), fault, module, metrics: null);
    }

    private static List<(ulong SlotId, TokenInfo Info)> Read(Pkcs11Module module, Pkcs11Metrics? metrics, out CKR fault)
    {
        fault = CKR.CKR_OK;
        var tokens = new List<(ulong, TokenInfo)>();
        foreach (ulong slot in ReadSlots(module, metrics))
        {
            CK_TOKEN_INFO info;
            CKR result = module.Functions.C_GetTokenInfo(slot, &info);
            if (result == CKR.CKR_OK)
            {
                tokens.Add((slot, new TokenInfo(in info)));
            }
            else if (result is not (CKR.CKR_TOKEN_NOT_PRESENT or CKR.CKR_TOKEN_NOT_RECOGNIZED or CKR.CKR_DEVICE_REMOVED or CKR.CKR_SLOT_ID_INVALID))
            {
                fault = result; // the others: it went meanwhile. One that is ill does not hide those that are well
            }
        }

        return tokens;
    }

    /// <summary>Finds the one token that a URI names.</summary>
    /// <exception cref="SigningException">There is none, or more than one.</exception>
    public static (ulong SlotId, TokenInfo Info) Find(Pkcs11Module module, Pkcs11Uri uri, Pkcs11Metrics metrics)
    {
        List<(ulong SlotId, TokenInfo Info)> present = Read(module, metrics, out CKR fault);
        var matching = present.FindAll(token => token.Info.IsInitialized && token.Info.Matches(uri) && (uri.SlotId ?? token.SlotId) == token.SlotId);
        return matching switch
        {
            [var token] => token,
            [] when fault != CKR.CKR_OK => throw Fail(nameof(Cryptoki.C_GetTokenInfo), fault, module, metrics),
            [] => throw new SigningException($"'{uri}': no such token in '{module.Path}'; there are: {List(present)}.") { IsTransient = true },
            _ => throw new SigningException($"'{uri}': {matching.Count} tokens in '{module.Path}' fit: {List(matching)}; say which by serial or slot-id."),
        };

        static string List(List<(ulong SlotId, TokenInfo Info)> tokens) =>
            tokens.Count == 0 ? "none" : string.Join(", ", tokens.Select(token => FormattableString.Invariant($"{token.Info} in slot {token.SlotId}")));
    }

    private static ulong[] ReadSlots(Pkcs11Module module, Pkcs11Metrics? metrics)
    {
        for (int tries = 0; ; tries++)
        {
            ulong count = 0;
            CKR result = module.Functions.C_GetSlotList(1, null, &count); // tokenPresent; with NULL the module looks again (PKCS #11 5.5)
            if (result == CKR.CKR_CRYPTOKI_NOT_INITIALIZED && tries == 0)
            {
                CKR started = module.TryInitialize();
                if (started != CKR.CKR_OK)
                {
                    throw Fail(nameof(Cryptoki.C_Initialize), started, module, metrics);
                }

                continue;
            }

            var slots = new ulong[count];
            if (result == CKR.CKR_OK)
            {
                fixed (ulong* first = slots)
                {
                    result = module.Functions.C_GetSlotList(1, first, &count);
                }
            }

            if (result == CKR.CKR_OK)
            {
                return slots[..(int)count];
            }

            if (result != CKR.CKR_BUFFER_TOO_SMALL || tries > 3)
            {
                throw Fail(nameof(Cryptoki.C_GetSlotList), result, module, metrics);
            }
        }
    }

    private static SigningException Fail(string function, CKR result, Pkcs11Module module, Pkcs11Metrics? metrics)
    {
        metrics?.Failed(function, result);
        return Pkcs11Fault.Create(function, result, module.Path);
    }
}

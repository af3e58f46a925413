using System.Text;
using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>Finds objects in a session and reads their attributes (PKCS #11 5.7). Off the signing path.</summary>
internal readonly unsafe struct Pkcs11Objects(TokenConnection token, Pkcs11Session session)
{
    private const int HandlesPerCall = 16;
    private const int MaxObjects = 4096;
    private const ulong MaxAttributeLength = 1 << 20;

    /// <summary>The handles of the objects of a class, by label and identifier where these are given.</summary>
    /// <exception cref="SigningException">The token does not say.</exception>
    public List<ulong> Find(ulong objectClass, string? label, ReadOnlyMemory<byte>? id)
    {
        byte[] labelBytes = Encoding.UTF8.GetBytes(label ?? "");
        fixed (byte* labelPointer = labelBytes, idPointer = id.GetValueOrDefault().Span)
        {
            CK_ATTRIBUTE* template = stackalloc CK_ATTRIBUTE[3];
            ulong count = 0;
            template[count++] = new CK_ATTRIBUTE { type = CK.CKA_CLASS, pValue = &objectClass, ulValueLen = sizeof(ulong) };
            if (label is not null)
            {
                template[count++] = new CK_ATTRIBUTE { type = CK.CKA_LABEL, pValue = labelPointer, ulValueLen = (ulong)labelBytes.Length };
            }

            if (id is { } value)
            {
                template[count++] = new CK_ATTRIBUTE { type = CK.CKA_ID, pValue = idPointer, ulValueLen = (ulong)value.Length };
            }

            Check(nameof(Cryptoki.C_FindObjectsInit), token.Module.Functions.C_FindObjectsInit(session.Handle, template, count));
            return ReadFound();
        }
    }

    /// <summary>Reads an attribute; <see langword="null"/> when the object has none, or does not show it.</summary>
    /// <exception cref="SigningException">The token does not say.</exception>
    public byte[]? Read(ulong handle, ulong attribute)
    {
        var query = new CK_ATTRIBUTE { type = attribute };
        CKR result = token.Module.Functions.C_GetAttributeValue(session.Handle, handle, &query, 1);
        if (result is CKR.CKR_ATTRIBUTE_TYPE_INVALID or CKR.CKR_ATTRIBUTE_SENSITIVE || query.ulValueLen > MaxAttributeLength) // the last: CK_UNAVAILABLE_INFORMATION too
        {
            return null;
        }

        Check(nameof(Cryptoki.C_GetAttributeValue), result);
        var value = new byte[query.ulValueLen];
        fixed (byte* pointer = value)
        {
            query.pValue = pointer;
            Check(nameof(Cryptoki.C_GetAttributeValue), token.Module.Functions.C_GetAttributeValue(session.Handle, handle, &query, 1));
        }

        return value.AsSpan(0, (int)Math.Min(query.ulValueLen, (ulong)value.Length)).ToArray();
    }

    public ulong? ReadNumber(ulong handle, ulong attribute) => Read(handle, attribute) is { Length: sizeof(ulong) } value ? BitConverter.ToUInt64(value) : null;

    public bool? ReadFlag(ulong handle, ulong attribute) => Read(handle, attribute) is [var flag] ? flag != 0 : null;

    private List<ulong> ReadFound()
    {
        var found = new List<ulong>();
        try
        {
            ulong* handles = stackalloc ulong[HandlesPerCall];
            ulong count;
            do
            {
                Check(nameof(Cryptoki.C_FindObjects), token.Module.Functions.C_FindObjects(session.Handle, handles, HandlesPerCall, &count));
                found.AddRange(new ReadOnlySpan<ulong>(handles, (int)Math.Min(count, HandlesPerCall)));
            }
            while (count > 0 && found.Count < MaxObjects);
        }
        finally
        {
            token.Module.Functions.C_FindObjectsFinal(session.Handle);
        }

        return found;
    }

    private void Check(string function, CKR result)
    {
        if (result != CKR.CKR_OK)
        {
            throw token.Fail(function, result, session.Link);
        }
    }
}

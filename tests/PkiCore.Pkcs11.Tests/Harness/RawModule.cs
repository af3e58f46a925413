using System.Runtime.InteropServices;
using System.Text;

namespace PkiCore.Pkcs11.Tests.Harness;

/// <summary>
/// Calls a module as it stands, without the code under test in between: no retry, no state, return values as they come. Structures are
/// laid out for 64-bit Unix.
/// </summary>
internal sealed unsafe class RawModule
{
    public const nuint Ok = 0x0;
    public const nuint DeviceRemoved = 0x32;
    public const nuint SessionCount = 0xB1;
    public const nuint SessionHandleInvalid = 0xB3;
    public const nuint TokenNotPresent = 0xE0;
    public const nuint UserNotLoggedIn = 0x101;
    public const nuint CryptokiNotInitialized = 0x190;

    public const nuint MechanismEcdsa = 0x1041;
    public const nuint MechanismEddsa = 0x1057;

    private const nuint OsLocking = 0x2;
    private const nuint SerialSession = 0x4;
    private const nuint User = 1;
    private const nuint AttributeClass = 0x0;
    private const nuint AttributeLabel = 0x3;
    private const nuint PrivateKey = 3;

    private readonly nint* _functions;

    private RawModule(nint list) => _functions = (nint*)list;

    /// <summary>Places in the function list; the version is in front.</summary>
    public enum Function
    {
        Initialize = 1,
        Finalize = 2,
        GetSlotList = 5,
        GetTokenInfo = 7,
        OpenSession = 13,
        CloseSession = 14,
        Login = 19,
        Logout = 20,
        FindObjectsInit = 27,
        FindObjects = 28,
        FindObjectsFinal = 29,
        SignInit = 43,
        Sign = 44,
    }

    public static RawModule Load(string path)
    {
        nint library = NativeLibrary.Load(path);
        nint list;
        Check(((delegate* unmanaged[Cdecl]<nint*, nuint>)NativeLibrary.GetExport(library, "C_GetFunctionList"))(&list));
        return new RawModule(list);
    }

    /// <summary>The list that C_GetInterface names.</summary>
    public static nuint GetInterface(string path, out Version? version)
    {
        nint library = NativeLibrary.Load(path);
        nint* found;
        nuint rv = ((delegate* unmanaged[Cdecl]<byte*, nint, nint**, nuint, nuint>)NativeLibrary.GetExport(library, "C_GetInterface"))(null, 0, &found, 0);
        version = rv == Ok ? new Version(((byte*)found[1])[0], ((byte*)found[1])[1]) : null;
        return rv;
    }

    public bool Has(Function function) => _functions[(int)function] != 0;

    public nuint Initialize()
    {
        nint* arguments = stackalloc nint[6];
        new Span<nint>(arguments, 6).Clear();
        arguments[4] = (nint)OsLocking;
        return ((delegate* unmanaged[Cdecl]<nint*, nuint>)At(Function.Initialize))(arguments);
    }

    public nuint Terminate() => ((delegate* unmanaged[Cdecl]<nint, nuint>)At(Function.Finalize))(0);

    /// <summary>The slots with a token.</summary>
    public nuint[] Slots()
    {
        nuint* slots = stackalloc nuint[16];
        nuint count = 16;
        Check(((delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint>)At(Function.GetSlotList))(1, slots, &count));
        return new Span<nuint>(slots, (int)count).ToArray();
    }

    public nuint GetTokenInfo(nuint slot, out string label)
    {
        byte* info = stackalloc byte[256];
        nuint rv = ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)At(Function.GetTokenInfo))(slot, info);
        label = rv == Ok ? Encoding.UTF8.GetString(info, 32).TrimEnd() : "";
        return rv;
    }

    /// <summary>The slot of a token.</summary>
    public nuint SlotOf(string label) => Slots().Single(slot => GetTokenInfo(slot, out string found) == Ok && found == label);

    public nuint OpenSession(nuint slot, out nuint session)
    {
        fixed (nuint* handle = &session)
        {
            return ((delegate* unmanaged[Cdecl]<nuint, nuint, nint, nint, nuint*, nuint>)At(Function.OpenSession))(slot, SerialSession, 0, 0, handle);
        }
    }

    public nuint OpenSession(nuint slot)
    {
        Check(OpenSession(slot, out nuint session));
        return session;
    }

    public nuint CloseSession(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, nuint>)At(Function.CloseSession))(session);

    public nuint Login(nuint session, string pin)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(pin))
        {
            return ((delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)At(Function.Login))(session, User, text, (nuint)pin.Length);
        }
    }

    public nuint Logout(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, nuint>)At(Function.Logout))(session);

    /// <summary>The one private key of that label; 0 when it is not seen.</summary>
    public nuint FindKey(nuint session, string label)
    {
        byte[] labelBytes = Encoding.UTF8.GetBytes(label);
        nuint wanted = PrivateKey, key = 0, count;
        fixed (byte* text = labelBytes)
        {
            nuint* template = stackalloc nuint[6]
            {
                AttributeClass, (nuint)(&wanted), (nuint)sizeof(nuint), AttributeLabel, (nuint)text, (nuint)labelBytes.Length,
            };
            Check(((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint>)At(Function.FindObjectsInit))(session, template, 2));
            Check(((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint>)At(Function.FindObjects))(session, &key, 1, &count));
            Check(((delegate* unmanaged[Cdecl]<nuint, nuint>)At(Function.FindObjectsFinal))(session));
        }

        return count == 1 ? key : 0;
    }

    public nuint SignInit(nuint session, nuint key, nuint mechanism = MechanismEcdsa)
    {
        nuint* structure = stackalloc nuint[3] { mechanism, 0, 0 };
        return ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint>)At(Function.SignInit))(session, structure, key);
    }

    /// <summary>C_SignInit and C_Sign.</summary>
    public nuint Sign(nuint session, nuint key, ReadOnlySpan<byte> data, out byte[] signature, nuint mechanism = MechanismEcdsa)
    {
        signature = [];
        nuint rv = SignInit(session, key, mechanism);
        if (rv != Ok)
        {
            return rv;
        }

        byte[] buffer = new byte[512];
        nuint length = (nuint)buffer.Length;
        fixed (byte* input = data)
        fixed (byte* output = buffer)
        {
            rv = ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint>)At(Function.Sign))(
                session, input, (nuint)data.Length, output, &length);
        }

        signature = rv == Ok ? buffer[..(int)length] : [];
        return rv;
    }

    private static void Check(nuint rv)
    {
        if (rv != Ok)
        {
            throw new InvalidOperationException($"CKR 0x{rv:X}");
        }
    }

    private nint At(Function function) => Has(function) ? _functions[(int)function] : throw new NotSupportedException($"{function} is NULL");
}

// The part of PKCS#11 2.40 that faulty.c and bench/native need, written down from the standard: no package has to bring a header.
#ifndef PKICORE_PKCS11_H
#define PKICORE_PKCS11_H

typedef unsigned long ck_ulong;
typedef ck_ulong ck_rv;

enum
{
    CKR_OK = 0x0,
    CKR_GENERAL_ERROR = 0x5,
    CKR_ARGUMENTS_BAD = 0x7,
    CKR_DEVICE_REMOVED = 0x32,
    CKR_FUNCTION_NOT_SUPPORTED = 0x54,
    CKR_SESSION_COUNT = 0xB1,
    CKR_TOKEN_NOT_PRESENT = 0xE0,

    CKF_TOKEN_PRESENT = 0x1,
    CKF_OS_LOCKING_OK = 0x2,
    CKF_SERIAL_SESSION = 0x4,

    CKU_USER = 1,

    CKA_CLASS = 0x0,
    CKA_LABEL = 0x3,
    CKA_KEY_TYPE = 0x100,
    CKO_PRIVATE_KEY = 3,
    CKK_RSA = 0,
    CKK_EC = 3,
    CKM_RSA_PKCS = 0x1,
    CKM_ECDSA = 0x1041,
};

struct ck_version
{
    unsigned char major, minor;
};

struct ck_attribute
{
    ck_ulong type;
    void *value;
    ck_ulong length;
};

struct ck_mechanism
{
    ck_ulong type;
    void *parameter;
    ck_ulong length;
};

struct ck_slot_info
{
    unsigned char description[64], manufacturer[32];
    ck_ulong flags;
    struct ck_version hardware, firmware;
};

struct ck_token_info
{
    unsigned char label[32], manufacturer[32], model[16], serial[16];
    ck_ulong flags, counts_and_sizes[10];
    struct ck_version hardware, firmware;
    unsigned char time[16];
};

struct ck_initialize_args
{
    void *create_mutex, *destroy_mutex, *lock_mutex, *unlock_mutex;
    ck_ulong flags;
    void *reserved;
};

// The function list, in the order of the standard.
#define CK_FUNCTIONS(F) \
    F(C_Initialize) F(C_Finalize) F(C_GetInfo) F(C_GetFunctionList) F(C_GetSlotList) F(C_GetSlotInfo) F(C_GetTokenInfo) \
    F(C_GetMechanismList) F(C_GetMechanismInfo) F(C_InitToken) F(C_InitPIN) F(C_SetPIN) F(C_OpenSession) F(C_CloseSession) \
    F(C_CloseAllSessions) F(C_GetSessionInfo) F(C_GetOperationState) F(C_SetOperationState) F(C_Login) F(C_Logout) \
    F(C_CreateObject) F(C_CopyObject) F(C_DestroyObject) F(C_GetObjectSize) F(C_GetAttributeValue) F(C_SetAttributeValue) \
    F(C_FindObjectsInit) F(C_FindObjects) F(C_FindObjectsFinal) F(C_EncryptInit) F(C_Encrypt) F(C_EncryptUpdate) \
    F(C_EncryptFinal) F(C_DecryptInit) F(C_Decrypt) F(C_DecryptUpdate) F(C_DecryptFinal) F(C_DigestInit) F(C_Digest) \
    F(C_DigestUpdate) F(C_DigestKey) F(C_DigestFinal) F(C_SignInit) F(C_Sign) F(C_SignUpdate) F(C_SignFinal) \
    F(C_SignRecoverInit) F(C_SignRecover) F(C_VerifyInit) F(C_Verify) F(C_VerifyUpdate) F(C_VerifyFinal) \
    F(C_VerifyRecoverInit) F(C_VerifyRecover) F(C_DigestEncryptUpdate) F(C_DecryptDigestUpdate) F(C_SignEncryptUpdate) \
    F(C_DecryptVerifyUpdate) F(C_GenerateKey) F(C_GenerateKeyPair) F(C_WrapKey) F(C_UnwrapKey) F(C_DeriveKey) \
    F(C_SeedRandom) F(C_GenerateRandom) F(C_GetFunctionStatus) F(C_CancelFunction) F(C_WaitForSlotEvent)

#define CK_INDEX(name) INDEX_##name,
enum ck_index
{
    CK_FUNCTIONS(CK_INDEX) CK_FUNCTION_COUNT
};
#undef CK_INDEX

typedef void (*ck_entry)(void);

// Version 3.0 goes on after these entries, with 24 more.
struct ck_function_list
{
    struct ck_version version;
    ck_entry entries[CK_FUNCTION_COUNT];
};

struct ck_function_list_3_0
{
    struct ck_function_list common;
    ck_entry more[24];
};

struct ck_interface
{
    const char *name;
    void *functions;
    ck_ulong flags;
};

typedef ck_rv type_C_Initialize(void *args);
typedef ck_rv type_C_Finalize(void *reserved);
typedef ck_rv type_C_GetFunctionList(struct ck_function_list **list);
typedef ck_rv type_C_GetInfo(void *info);
typedef ck_rv type_C_GetSlotList(unsigned char token_present, ck_ulong *slots, ck_ulong *count);
typedef ck_rv type_C_GetSlotInfo(ck_ulong slot, struct ck_slot_info *info);
typedef ck_rv type_C_GetTokenInfo(ck_ulong slot, struct ck_token_info *info);
typedef ck_rv type_C_GetMechanismList(ck_ulong slot, ck_ulong *mechanisms, ck_ulong *count);
typedef ck_rv type_C_GetMechanismInfo(ck_ulong slot, ck_ulong mechanism, void *info);
typedef ck_rv type_C_OpenSession(ck_ulong slot, ck_ulong flags, void *application, void *notify, ck_ulong *session);
typedef ck_rv type_C_CloseSession(ck_ulong session);
typedef ck_rv type_C_CloseAllSessions(ck_ulong slot);
typedef ck_rv type_C_GetSessionInfo(ck_ulong session, void *info);
typedef ck_rv type_C_Login(ck_ulong session, ck_ulong user, unsigned char *pin, ck_ulong length);
typedef ck_rv type_C_Logout(ck_ulong session);
typedef ck_rv type_C_GetAttributeValue(ck_ulong session, ck_ulong object, struct ck_attribute *attributes, ck_ulong count);
typedef ck_rv type_C_FindObjectsInit(ck_ulong session, struct ck_attribute *attributes, ck_ulong count);
typedef ck_rv type_C_FindObjects(ck_ulong session, ck_ulong *objects, ck_ulong max, ck_ulong *count);
typedef ck_rv type_C_FindObjectsFinal(ck_ulong session);
typedef ck_rv type_C_SignInit(ck_ulong session, struct ck_mechanism *mechanism, ck_ulong key);
typedef ck_rv type_C_Sign(ck_ulong session, unsigned char *data, ck_ulong length, unsigned char *signature, ck_ulong *size);

// One function of a list, with its type.
#define CK_CALL(list, name) ((type_##name *)(list)->entries[INDEX_##name])

#endif

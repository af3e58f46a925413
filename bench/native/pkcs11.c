// A PKCS#11 module called directly: one session for each thread, C_SignInit and C_Sign.
#include "pkcs11.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sign_loop.h"

struct session
{
    ck_ulong handle, key, input_length;
    struct ck_mechanism mechanism;
    unsigned char input[64], signature[SIGNATURE_ROOM];
};

static struct ck_function_list *s_module;

static void check(ck_rv rv, const char *function)
{
    if (rv != CKR_OK)
    {
        fail("%s: CKR 0x%lX", function, rv);
    }
}

static void load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    type_C_GetFunctionList *get = library == NULL ? NULL : (type_C_GetFunctionList *)dlsym(library, "C_GetFunctionList");
    if (get == NULL)
    {
        fail("%s", dlerror());
    }

    check(get(&s_module), "C_GetFunctionList");
    struct ck_initialize_args arguments = {.flags = CKF_OS_LOCKING_OK};
    check(CK_CALL(s_module, C_Initialize)(&arguments), "C_Initialize");
}

static ck_ulong find_token(const char *label)
{
    ck_ulong slots[64], count = sizeof slots / sizeof *slots;
    check(CK_CALL(s_module, C_GetSlotList)(1, slots, &count), "C_GetSlotList");
    for (ck_ulong i = 0; i < count; i++)
    {
        struct ck_token_info info;
        char padded[sizeof info.label + 1];
        snprintf(padded, sizeof padded, "%-32s", label);
        if (CK_CALL(s_module, C_GetTokenInfo)(slots[i], &info) == CKR_OK && memcmp(info.label, padded, sizeof info.label) == 0)
        {
            return slots[i];
        }
    }

    fail("no token %s", label);
}

static void log_in(ck_ulong session, const char *pin_file)
{
    char pin[256];
    FILE *file = fopen(pin_file, "r");
    if (file == NULL || fgets(pin, sizeof pin, file) == NULL)
    {
        fail("%s: no PIN", pin_file);
    }

    fclose(file);
    check(CK_CALL(s_module, C_Login)(session, CKU_USER, (unsigned char *)pin, strcspn(pin, "\r\n")), "C_Login");
}

static ck_ulong find_key(ck_ulong session, const char *label, ck_ulong *type)
{
    ck_ulong class = CKO_PRIVATE_KEY, key, count;
    struct ck_attribute wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, (void *)label, strlen(label)}};
    check(CK_CALL(s_module, C_FindObjectsInit)(session, wanted, 2), "C_FindObjectsInit");
    check(CK_CALL(s_module, C_FindObjects)(session, &key, 1, &count), "C_FindObjects");
    check(CK_CALL(s_module, C_FindObjectsFinal)(session), "C_FindObjectsFinal");
    if (count != 1)
    {
        fail("no private key %s", label);
    }

    struct ck_attribute read = {CKA_KEY_TYPE, type, sizeof *type};
    check(CK_CALL(s_module, C_GetAttributeValue)(session, key, &read, 1), "C_GetAttributeValue");
    return key;
}

// ECDSA signs the digest, RSA a DigestInfo with it.
static void set_input(struct session *session, ck_ulong key_type)
{
    static const unsigned char sha256[] = {
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
    };
    size_t prefix = key_type == CKK_RSA ? sizeof sha256 : 0;
    memcpy(session->input, sha256, prefix);
    memcpy(session->input + prefix, digest, DIGEST_LENGTH);
    session->input_length = prefix + DIGEST_LENGTH;
    session->mechanism.type = key_type == CKK_RSA ? CKM_RSA_PKCS : CKM_ECDSA;
}

void pkcs11_sign(void *state)
{
    struct session *session = state;
    ck_ulong length = sizeof session->signature;
    check(CK_CALL(s_module, C_SignInit)(session->handle, &session->mechanism, session->key), "C_SignInit");
    check(CK_CALL(s_module, C_Sign)(session->handle, session->input, session->input_length, session->signature, &length), "C_Sign");
}

void pkcs11_prepare(const char *module, const char *token, const char *key, const char *pin_file, int threads, void **states)
{
    load(module);
    ck_ulong slot = find_token(token);
    for (int i = 0; i < threads; i++)
    {
        struct session *session = calloc(1, sizeof *session);
        check(CK_CALL(s_module, C_OpenSession)(slot, CKF_SERIAL_SESSION, NULL, NULL, &session->handle), "C_OpenSession");
        if (i == 0)
        {
            log_in(session->handle, pin_file);
        }

        ck_ulong type;
        session->key = find_key(session->handle, key, &type);
        if (type != CKK_RSA && type != CKK_EC)
        {
            fail("%s is neither RSA nor EC", key);
        }

        set_input(session, type);
        pkcs11_sign(session);
        states[i] = session;
    }
}

void pkcs11_end(void)
{
    check(CK_CALL(s_module, C_Finalize)(NULL), "C_Finalize");
}

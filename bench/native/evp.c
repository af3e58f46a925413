// OpenSSL with one context that is kept: the least it takes to sign or verify a digest.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "sign_loop.h"

struct evp
{
    EVP_PKEY_CTX *context;
    size_t length;
    unsigned char signature[SIGNATURE_ROOM];
};

static void check(int result, const char *what)
{
    if (result != 1)
    {
        fail("%s: %s", what, ERR_error_string(ERR_get_error(), NULL));
    }
}

static EVP_PKEY_CTX *new_context(EVP_PKEY *key, bool verify)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    check(context != NULL, "EVP_PKEY_CTX_new");
    check(verify ? EVP_PKEY_verify_init(context) : EVP_PKEY_sign_init(context), "init");
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
    {
        check(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), "padding");
    }

    check(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), "hash");
    return context;
}

void evp_sign(void *state)
{
    struct evp *evp = state;
    evp->length = sizeof evp->signature;
    check(EVP_PKEY_sign(evp->context, evp->signature, &evp->length, digest, DIGEST_LENGTH), "EVP_PKEY_sign");
}

void evp_verify(void *state)
{
    struct evp *evp = state;
    check(EVP_PKEY_verify(evp->context, evp->signature, evp->length, digest, DIGEST_LENGTH), "EVP_PKEY_verify");
}

void *evp_prepare(const char *key_file, bool verify)
{
    FILE *file = fopen(key_file, "r");
    if (file == NULL)
    {
        fail("%s cannot be read", key_file);
    }

    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    check(key != NULL, key_file);

    struct evp *evp = calloc(1, sizeof *evp);
    evp->context = new_context(key, false);
    evp_sign(evp);
    // Either mode knows beforehand that its signature is right.
    struct evp other = *evp;
    other.context = new_context(key, true);
    evp_verify(&other);
    if (verify)
    {
        evp->context = other.context;
    }

    return evp;
}

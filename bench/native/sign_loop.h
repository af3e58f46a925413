// What a mode of sign_loop offers to the main program.
#ifndef PKICORE_SIGN_LOOP_H
#define PKICORE_SIGN_LOOP_H

#include <stdbool.h>
#include <stddef.h>

enum
{
    DIGEST_LENGTH = 32,
    SIGNATURE_ROOM = 1024,
};

// The digest of the empty message.
extern const unsigned char digest[DIGEST_LENGTH];

// One operation in the state of one thread. Ends the process when it fails.
typedef void operation(void *state);

void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

void *evp_prepare(const char *key_file, bool verify);
operation evp_sign, evp_verify;

// One session for each thread, logged in, with the key found.
void pkcs11_prepare(const char *module, const char *token, const char *key, const char *pin_file, int threads, void **states);
void pkcs11_end(void);
operation pkcs11_sign;

#endif

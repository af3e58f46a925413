// Initialises SoftHSM with the configuration in a folder.
#ifndef PKICORE_INITIALIZE_H
#define PKICORE_INITIALIZE_H

#include "pkcs11.h"

ck_rv initialize(type_C_Initialize *function, void *args, const char *folder);

#endif

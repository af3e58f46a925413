// The sessions that are open.
#ifndef PKICORE_SESSIONS_H
#define PKICORE_SESSIONS_H

#include <stdbool.h>

#include "pkcs11.h"

// Takes a place before the session is there, so that callers at the same time cannot pass the limit together. A negative limit is none.
bool sessions_reserve(long limit);

// Ends a reservation, with a session or without.
void sessions_opened(bool succeeded, ck_ulong handle, ck_ulong slot);

// Removes one session, or all of a slot.
void sessions_remove(bool by_slot, ck_ulong value);

void sessions_close(type_C_CloseSession *close);
void sessions_forget(void);
unsigned long sessions_count(void);

#endif

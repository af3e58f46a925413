// What the control file orders. It is read again whenever it has changed.
#ifndef PKICORE_CONTROL_H
#define PKICORE_CONTROL_H

#include <stdbool.h>

#include "pkcs11.h"

// What one call has to do before it goes on.
struct orders
{
    long delay_ms;
    bool hangs, fails, wrong;
    ck_rv rv;
};

// Closes all sessions underneath. Called without any lock but that of the control file.
extern void close_sessions(void);

// True when faults can be ordered for a function.
extern bool is_intercepted(int index);

void control_set_folder(const char *folder);

// Reads the file if it has changed. Returns the number of the first line that is not understood, or 0.
int control_refresh(void);

// Takes the orders for one call, which uses up one of those that are limited in number.
struct orders control_take(int index);

bool control_hangs(int index);
bool control_token_gone(void);
bool control_is_null(int index);
bool control_interface_3_0(void);

// How many sessions may be open; negative: no limit.
long control_session_limit(void);

int function_index(const char *name);

#endif

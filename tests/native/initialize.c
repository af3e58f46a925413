#define _GNU_SOURCE
#include "initialize.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

// SoftHSM finds its configuration by an environment variable, of which there is one for all instances in the process. The lock is
// one they all see: a file that exists once per process.
ck_rv initialize(type_C_Initialize *function, void *args, const char *folder)
{
    char configuration[PATH_MAX + 32];
    snprintf(configuration, sizeof configuration, "%s/softhsm2.conf", folder);
    int lock = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) != 0)
    {
        abort();
    }

    const char *current = getenv("SOFTHSM2_CONF");
    char *before = current == NULL ? NULL : strdup(current);
    setenv("SOFTHSM2_CONF", configuration, 1);
    ck_rv rv = function(args);
    if (before == NULL)
    {
        unsetenv("SOFTHSM2_CONF");
    }
    else
    {
        setenv("SOFTHSM2_CONF", before, 1);
    }

    free(before);
    close(lock);
    return rv;
}

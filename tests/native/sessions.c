#include "sessions.h"

#include <pthread.h>
#include <stdlib.h>

struct session
{
    ck_ulong handle, slot;
};

static pthread_mutex_t s_lock = PTHREAD_MUTEX_INITIALIZER;
static struct session *s_sessions;
static size_t s_count, s_room, s_opening;

bool sessions_reserve(long limit)
{
    pthread_mutex_lock(&s_lock);
    bool allowed = limit < 0 || s_count + s_opening < (size_t)limit;
    s_opening += allowed;
    pthread_mutex_unlock(&s_lock);
    return allowed;
}

static void add(ck_ulong handle, ck_ulong slot)
{
    if (s_count == s_room)
    {
        s_room = s_room * 2 + 64;
        s_sessions = realloc(s_sessions, s_room * sizeof *s_sessions);
        if (s_sessions == NULL)
        {
            abort();
        }
    }

    s_sessions[s_count++] = (struct session){handle, slot};
}

void sessions_opened(bool succeeded, ck_ulong handle, ck_ulong slot)
{
    pthread_mutex_lock(&s_lock);
    s_opening--;
    if (succeeded)
    {
        add(handle, slot);
    }

    pthread_mutex_unlock(&s_lock);
}

void sessions_remove(bool by_slot, ck_ulong value)
{
    pthread_mutex_lock(&s_lock);
    for (size_t i = s_count; i-- > 0;)
    {
        if ((by_slot ? s_sessions[i].slot : s_sessions[i].handle) == value)
        {
            s_sessions[i] = s_sessions[--s_count];
        }
    }

    pthread_mutex_unlock(&s_lock);
}

void sessions_close(type_C_CloseSession *close)
{
    pthread_mutex_lock(&s_lock);
    for (size_t i = 0; i < s_count; i++)
    {
        // SoftHSM logs out with the last one.
        close(s_sessions[i].handle);
    }

    s_count = 0;
    pthread_mutex_unlock(&s_lock);
}

void sessions_forget(void)
{
    pthread_mutex_lock(&s_lock);
    s_count = 0;
    pthread_mutex_unlock(&s_lock);
}

unsigned long sessions_count(void)
{
    pthread_mutex_lock(&s_lock);
    unsigned long count = s_count;
    pthread_mutex_unlock(&s_lock);
    return count;
}

// A PKCS#11 module that hands calls on to its own copy of SoftHSM, and shows the faults that the file `control` beside it orders.
// README.md has the directives.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "initialize.h"
#include "sessions.h"

#define EXPORT __attribute__((visibility("default")))

static char s_folder[PATH_MAX];
static struct ck_function_list *s_inner;
static pthread_mutex_t s_load_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong s_calls[CK_FUNCTION_COUNT];

// Read-locked while SoftHSM works, write-locked to take its sessions away: SoftHSM frees a session even while another thread uses it.
static pthread_rwlock_t s_gate = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

__attribute__((constructor)) static void find_folder(void)
{
    Dl_info self;
    if (dladdr((void *)&find_folder, &self) == 0 || realpath(self.dli_fname, s_folder) == NULL)
    {
        abort();
    }

    *strrchr(s_folder, '/') = '\0';
    control_set_folder(s_folder);
}

static void sleep_ms(long milliseconds)
{
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
    {
    }
}

// What every intercepted call does first. No lock is held while it waits.
static struct orders begin(int index)
{
    atomic_fetch_add(&s_calls[index], 1);
    struct orders orders = control_take(index);
    if (orders.delay_ms > 0)
    {
        sleep_ms(orders.delay_ms);
    }

    if (orders.hangs)
    {
        while (control_hangs(index))
        {
            sleep_ms(5);
        }
    }

    return orders;
}

static bool load(void)
{
    pthread_mutex_lock(&s_load_lock);
    if (s_inner == NULL)
    {
        char path[PATH_MAX + 32];
        snprintf(path, sizeof path, "%s/libsofthsm2.so", s_folder);
        // Never unloaded: a thread may be hanging in it.
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        type_C_GetFunctionList *get = library == NULL ? NULL : (type_C_GetFunctionList *)dlsym(library, "C_GetFunctionList");
        if (get == NULL || get(&s_inner) != CKR_OK)
        {
            fprintf(stderr, "%s: %s\n", path, get == NULL ? dlerror() : "no function list");
            s_inner = NULL;
        }
    }

    bool loaded = s_inner != NULL;
    pthread_mutex_unlock(&s_load_lock);
    return loaded;
}

void close_sessions(void)
{
    pthread_rwlock_wrlock(&s_gate);
    if (s_inner != NULL)
    {
        sessions_close(CK_CALL(s_inner, C_CloseSession));
    }

    pthread_rwlock_unlock(&s_gate);
}

// The usual call: the orders, then SoftHSM, unless the token is gone.
#define PASS_ON(name, gone, parameters, ...) \
    static ck_rv name parameters \
    { \
        struct orders orders = begin(INDEX_##name); \
        if (orders.fails) \
        { \
            return orders.rv; \
        } \
\
        pthread_rwlock_rdlock(&s_gate); \
        ck_rv rv = control_token_gone() && gone != CKR_OK ? gone : CK_CALL(s_inner, name)(__VA_ARGS__); \
        pthread_rwlock_unlock(&s_gate); \
        return rv; \
    }

PASS_ON(C_GetInfo, CKR_OK, (void *info), info)
PASS_ON(C_GetTokenInfo, CKR_TOKEN_NOT_PRESENT, (ck_ulong slot, struct ck_token_info *info), slot, info)
PASS_ON(C_GetMechanismList, CKR_TOKEN_NOT_PRESENT, (ck_ulong slot, ck_ulong *list, ck_ulong *count), slot, list, count)
PASS_ON(C_GetMechanismInfo, CKR_TOKEN_NOT_PRESENT, (ck_ulong slot, ck_ulong mechanism, void *info), slot, mechanism, info)
PASS_ON(C_GetSessionInfo, CKR_DEVICE_REMOVED, (ck_ulong session, void *info), session, info)
PASS_ON(C_Login, CKR_DEVICE_REMOVED, (ck_ulong session, ck_ulong user, unsigned char *pin, ck_ulong length), session, user, pin, length)
PASS_ON(C_Logout, CKR_DEVICE_REMOVED, (ck_ulong session), session)
PASS_ON(C_FindObjectsInit, CKR_DEVICE_REMOVED, (ck_ulong session, struct ck_attribute *list, ck_ulong count), session, list, count)
PASS_ON(C_FindObjects, CKR_DEVICE_REMOVED, (ck_ulong session, ck_ulong *objects, ck_ulong max, ck_ulong *count), session, objects, max, count)
PASS_ON(C_FindObjectsFinal, CKR_DEVICE_REMOVED, (ck_ulong session), session)
PASS_ON(C_GetAttributeValue, CKR_DEVICE_REMOVED, (ck_ulong session, ck_ulong object, struct ck_attribute *list, ck_ulong count), session, object, list, count)
PASS_ON(C_SignInit, CKR_DEVICE_REMOVED, (ck_ulong session, struct ck_mechanism *mechanism, ck_ulong key), session, mechanism, key)

// A process that ends runs the destructors of SoftHSM and OpenSSL while other threads still sign, and crashes. So nobody gets in any
// more, and whoever is in comes out first.
static void close_gate(void)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 2;
    pthread_rwlock_timedwrlock(&s_gate, &end);
}

static void close_gate_at_exit(void)
{
    atexit(close_gate);
}

static ck_rv C_Initialize(void *args)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct orders orders = begin(INDEX_C_Initialize);
    ck_rv rv = orders.fails ? orders.rv : initialize(CK_CALL(s_inner, C_Initialize), args, s_folder);
    if (rv == CKR_OK)
    {
        // Only now: what was registered last runs first, and SoftHSM has just registered OpenSSL's end.
        pthread_once(&once, close_gate_at_exit);
    }

    return rv;
}

static ck_rv C_Finalize(void *reserved)
{
    struct orders orders = begin(INDEX_C_Finalize);
    if (orders.fails)
    {
        return orders.rv;
    }

    pthread_rwlock_wrlock(&s_gate);
    ck_rv rv = CK_CALL(s_inner, C_Finalize)(reserved);
    if (rv == CKR_OK)
    {
        sessions_forget();
    }

    pthread_rwlock_unlock(&s_gate);
    return rv;
}

static ck_rv C_GetSlotList(unsigned char token_present, ck_ulong *slots, ck_ulong *count)
{
    struct orders orders = begin(INDEX_C_GetSlotList);
    if (orders.fails)
    {
        return orders.rv;
    }

    if (control_token_gone() && token_present && count != NULL)
    {
        *count = 0;
        return CKR_OK;
    }

    return CK_CALL(s_inner, C_GetSlotList)(token_present, slots, count);
}

static ck_rv C_GetSlotInfo(ck_ulong slot, struct ck_slot_info *info)
{
    struct orders orders = begin(INDEX_C_GetSlotInfo);
    ck_rv rv = orders.fails ? orders.rv : CK_CALL(s_inner, C_GetSlotInfo)(slot, info);
    if (rv == CKR_OK && control_token_gone())
    {
        info->flags &= ~(ck_ulong)CKF_TOKEN_PRESENT;
    }

    return rv;
}

static ck_rv C_OpenSession(ck_ulong slot, ck_ulong flags, void *application, void *notify, ck_ulong *session)
{
    struct orders orders = begin(INDEX_C_OpenSession);
    if (orders.fails)
    {
        return orders.rv;
    }

    if (!sessions_reserve(control_session_limit()))
    {
        return CKR_SESSION_COUNT;
    }

    pthread_rwlock_rdlock(&s_gate);
    ck_rv rv = control_token_gone() ? (ck_rv)CKR_TOKEN_NOT_PRESENT
        : CK_CALL(s_inner, C_OpenSession)(slot, flags, application, notify, session);
    sessions_opened(rv == CKR_OK, rv == CKR_OK ? *session : 0, slot);
    pthread_rwlock_unlock(&s_gate);
    return rv;
}

static ck_rv close_inner(int index, ck_ulong value)
{
    struct orders orders = begin(index);
    if (orders.fails)
    {
        return orders.rv;
    }

    pthread_rwlock_rdlock(&s_gate);
    bool all = index == INDEX_C_CloseAllSessions;
    ck_rv gone = all ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_REMOVED;
    ck_rv rv = control_token_gone() ? gone
        : all ? CK_CALL(s_inner, C_CloseAllSessions)(value) : CK_CALL(s_inner, C_CloseSession)(value);
    if (rv == CKR_OK)
    {
        sessions_remove(all, value);
    }

    pthread_rwlock_unlock(&s_gate);
    return rv;
}

static ck_rv C_CloseSession(ck_ulong session)
{
    return close_inner(INDEX_C_CloseSession, session);
}

static ck_rv C_CloseAllSessions(ck_ulong slot)
{
    return close_inner(INDEX_C_CloseAllSessions, slot);
}

static ck_rv C_Sign(ck_ulong session, unsigned char *data, ck_ulong length, unsigned char *signature, ck_ulong *size)
{
    struct orders orders = begin(INDEX_C_Sign);
    if (orders.fails)
    {
        return orders.rv;
    }

    pthread_rwlock_rdlock(&s_gate);
    ck_rv rv = control_token_gone() ? (ck_rv)CKR_DEVICE_REMOVED : CK_CALL(s_inner, C_Sign)(session, data, length, signature, size);
    pthread_rwlock_unlock(&s_gate);
    if (rv == CKR_OK && orders.wrong && signature != NULL && *size > 0)
    {
        signature[*size / 2] ^= 1;
    }

    return rv;
}

EXPORT type_C_GetFunctionList C_GetFunctionList;
EXPORT ck_rv C_GetInterface(const char *name, const struct ck_version *version, struct ck_interface **found, ck_ulong flags);
EXPORT ck_rv C_GetInterfaceList(struct ck_interface *list, ck_ulong *count);
EXPORT int faulty_refresh(void);
EXPORT unsigned long faulty_calls(const char *function);
EXPORT unsigned long faulty_open_sessions(void);

#define OWN(name) [INDEX_##name] = (ck_entry)name
static const ck_entry s_own[CK_FUNCTION_COUNT] = {
    OWN(C_Initialize), OWN(C_Finalize), OWN(C_GetInfo), OWN(C_GetFunctionList), OWN(C_GetSlotList), OWN(C_GetSlotInfo),
    OWN(C_GetTokenInfo), OWN(C_GetMechanismList), OWN(C_GetMechanismInfo), OWN(C_OpenSession), OWN(C_CloseSession),
    OWN(C_CloseAllSessions), OWN(C_GetSessionInfo), OWN(C_Login), OWN(C_Logout), OWN(C_FindObjectsInit), OWN(C_FindObjects),
    OWN(C_FindObjectsFinal), OWN(C_GetAttributeValue), OWN(C_SignInit), OWN(C_Sign),
};

bool is_intercepted(int index)
{
    return s_own[index] != NULL;
}

// What is not intercepted is SoftHSM's own entry.
static void fill(struct ck_function_list *list)
{
    for (int i = 0; i < CK_FUNCTION_COUNT; i++)
    {
        list->entries[i] = control_is_null(i) ? NULL : s_own[i] != NULL ? s_own[i] : s_inner->entries[i];
    }
}

ck_rv C_GetFunctionList(struct ck_function_list **list)
{
    static struct ck_function_list functions = {.version = {2, 40}};
    struct orders orders = begin(INDEX_C_GetFunctionList);
    if (orders.fails || list == NULL || !load())
    {
        return orders.fails ? orders.rv : list == NULL ? CKR_ARGUMENTS_BAD : CKR_GENERAL_ERROR;
    }

    fill(&functions);
    *list = &functions;
    return CKR_OK;
}

ck_rv C_GetInterfaceList(struct ck_interface *list, ck_ulong *count)
{
    static struct ck_function_list_3_0 functions = {.common.version = {3, 0}};
    if (!control_interface_3_0() || !load())
    {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }

    fill(&functions.common);
    functions.more[0] = (ck_entry)C_GetInterfaceList;
    functions.more[1] = (ck_entry)C_GetInterface;
    if (list != NULL)
    {
        *list = (struct ck_interface){"PKCS 11", &functions, 0};
    }

    *count = 1;
    return CKR_OK;
}

ck_rv C_GetInterface(const char *name, const struct ck_version *version, struct ck_interface **found, ck_ulong flags)
{
    static struct ck_interface only;
    ck_ulong count;
    ck_rv rv = C_GetInterfaceList(&only, &count);
    if (rv != CKR_OK)
    {
        return rv;
    }

    if ((name != NULL && strcmp(name, only.name) != 0) || (version != NULL && (version->major != 3 || version->minor != 0)) || flags != 0)
    {
        return CKR_ARGUMENTS_BAD;
    }

    *found = &only;
    return CKR_OK;
}

int faulty_refresh(void)
{
    return control_refresh();
}

unsigned long faulty_calls(const char *function)
{
    int index = function_index(function);
    return index < 0 || !is_intercepted(index) ? (unsigned long)-1 : atomic_load(&s_calls[index]);
}

unsigned long faulty_open_sessions(void)
{
    control_refresh();
    return sessions_count();
}

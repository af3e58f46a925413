#define _GNU_SOURCE
#include "control.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME(name) #name,
static const char *const s_names[CK_FUNCTION_COUNT] = {CK_FUNCTIONS(NAME)};
#undef NAME

// A number of times: negative means every time.
struct fault
{
    bool hang_listed, is_null;
    long delay_ms, hang_left, return_left, wrong_left;
    ck_rv rv;
};

struct control
{
    struct fault faults[CK_FUNCTION_COUNT];
    bool token_gone, sessions_invalid, interface_3_0;
    long session_limit;
    int bad_line;
};

static pthread_mutex_t s_lock = PTHREAD_MUTEX_INITIALIZER;
static char s_path[PATH_MAX];
static struct stat s_seen;
static struct control s_now = {.session_limit = -1};
// Read by calls that are under way, which must not wait for the lock.
static atomic_bool s_token_gone;

void control_set_folder(const char *folder)
{
    if (snprintf(s_path, sizeof s_path, "%s/control", folder) >= (int)sizeof s_path)
    {
        abort();
    }
}

int function_index(const char *name)
{
    for (int i = 0; i < CK_FUNCTION_COUNT; i++)
    {
        if (strcmp(s_names[i], name) == 0)
        {
            return i;
        }
    }

    return -1;
}

static bool to_number(const char *text, int base, long *value)
{
    char *end;
    *value = strtol(text, &end, base);
    return end != text && *end == '\0' && *value >= 0;
}

// FUNCTION VERB [...]: the number of times, where there may be one, is the last word.
static bool parse_fault(struct control *control, int index, const char *verb, const char *first, const char *second)
{
    struct fault *fault = &control->faults[index];
    long value, times = -1;
    if (strcmp(verb, "return") == 0)
    {
        if (!to_number(first, 16, &value) || (*second && !to_number(second, 10, &times)))
        {
            return false;
        }

        fault->rv = (ck_rv)value;
        fault->return_left = times;
        return true;
    }

    if (*second)
    {
        return false;
    }

    if (strcmp(verb, "delay") == 0)
    {
        return to_number(first, 10, &fault->delay_ms);
    }

    if (strcmp(verb, "limit") == 0)
    {
        return index == INDEX_C_OpenSession && to_number(first, 10, &control->session_limit);
    }

    if (*first && !to_number(first, 10, &times))
    {
        return false;
    }

    if (strcmp(verb, "hang") == 0)
    {
        fault->hang_listed = true;
        fault->hang_left = times;
        return true;
    }

    fault->wrong_left = times;
    return strcmp(verb, "wrong") == 0 && index == INDEX_C_Sign;
}

static bool parse_line(struct control *control, const char *line)
{
    char words[5][32] = {{0}};
    int count = sscanf(line, "%31s %31s %31s %31s %31s", words[0], words[1], words[2], words[3], words[4]);
    if (count <= 0)
    {
        return true;
    }

    if (count == 2 && strcmp(words[0], "null") == 0)
    {
        int index = function_index(words[1]);
        if (index >= 0)
        {
            control->faults[index].is_null = true;
        }

        return index >= 0;
    }

    if (count == 2 && strcmp(words[0], "token") == 0)
    {
        control->token_gone = true;
        return strcmp(words[1], "gone") == 0;
    }

    if (count == 2 && strcmp(words[0], "sessions") == 0)
    {
        control->sessions_invalid = true;
        return strcmp(words[1], "invalid") == 0;
    }

    if (count == 2 && strcmp(words[0], "interface") == 0)
    {
        control->interface_3_0 = true;
        return strcmp(words[1], "3.0") == 0;
    }

    int index = function_index(words[0]);
    return index >= 0 && is_intercepted(index) && count <= 4 && parse_fault(control, index, words[1], words[2], words[3]);
}

static void parse(FILE *file, struct control *control)
{
    memset(control, 0, sizeof *control);
    control->session_limit = -1;
    if (file == NULL)
    {
        return;
    }

    char line[256];
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++)
    {
        if (!parse_line(control, line) && control->bad_line == 0)
        {
            control->bad_line = number;
        }
    }
}

static bool is_seen(const struct stat *now)
{
    return now->st_ino == s_seen.st_ino && now->st_size == s_seen.st_size && now->st_mtim.tv_sec == s_seen.st_mtim.tv_sec
        && now->st_mtim.tv_nsec == s_seen.st_mtim.tv_nsec;
}

// The lock is held.
static void refresh(void)
{
    struct stat now = {0};
    if (stat(s_path, &now) != 0)
    {
        memset(&now, 0, sizeof now);
    }

    if (is_seen(&now))
    {
        return;
    }

    struct control before = s_now;
    FILE *file = fopen(s_path, "re");
    if (file != NULL)
    {
        // What is read and what is remembered have to be the same file.
        fstat(fileno(file), &now);
    }

    parse(file, &s_now);
    s_seen = now;
    if (file != NULL)
    {
        fclose(file);
    }

    // First the flag: a call that finds its session closed has to say why.
    atomic_store(&s_token_gone, s_now.token_gone);
    if ((s_now.token_gone && !before.token_gone) || (s_now.sessions_invalid && !before.sessions_invalid))
    {
        close_sessions();
    }
}

int control_refresh(void)
{
    pthread_mutex_lock(&s_lock);
    refresh();
    int line = s_now.bad_line;
    pthread_mutex_unlock(&s_lock);
    return line;
}

static bool take(long *left)
{
    bool some = *left != 0;
    if (*left > 0)
    {
        --*left;
    }

    return some;
}

struct orders control_take(int index)
{
    pthread_mutex_lock(&s_lock);
    refresh();
    struct fault *fault = &s_now.faults[index];
    struct orders orders = {.delay_ms = fault->delay_ms, .rv = fault->rv};
    orders.hangs = take(&fault->hang_left);
    orders.fails = take(&fault->return_left);
    orders.wrong = !orders.fails && take(&fault->wrong_left);
    pthread_mutex_unlock(&s_lock);
    return orders;
}

bool control_hangs(int index)
{
    pthread_mutex_lock(&s_lock);
    refresh();
    bool hangs = s_now.faults[index].hang_listed;
    pthread_mutex_unlock(&s_lock);
    return hangs;
}

bool control_token_gone(void)
{
    return atomic_load(&s_token_gone);
}

bool control_is_null(int index)
{
    pthread_mutex_lock(&s_lock);
    bool is_null = s_now.faults[index].is_null;
    pthread_mutex_unlock(&s_lock);
    return is_null;
}

bool control_interface_3_0(void)
{
    pthread_mutex_lock(&s_lock);
    refresh();
    bool found = s_now.interface_3_0;
    pthread_mutex_unlock(&s_lock);
    return found;
}

long control_session_limit(void)
{
    pthread_mutex_lock(&s_lock);
    long limit = s_now.session_limit;
    pthread_mutex_unlock(&s_lock);
    return limit;
}

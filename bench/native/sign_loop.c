// Signs or verifies in a loop with nothing around it, as the other side of a benchmark. It says `ready`, then, for each line
// `run MILLISECONDS` on its input, works that long and prints `OPERATIONS SECONDS`; at the end of the input it ends.
#define _GNU_SOURCE
#include "sign_loop.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum
{
    MAX_THREADS = 64,
};

const unsigned char digest[DIGEST_LENGTH] = {
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
};

struct worker
{
    operation *operation;
    void *state;
    double end;
    unsigned long count;
};

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    // Not exit: other threads may be inside a module that exit tears down.
    _Exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    unsigned long count = 0;
    do
    {
        worker->operation(worker->state);
        count++;
    }
    while (now() < worker->end);
    worker->count = count;
    return NULL;
}

static void run(operation *operation, void **states, int threads, long milliseconds)
{
    struct worker workers[MAX_THREADS];
    pthread_t ids[MAX_THREADS];
    double start = now(), end = start + (double)milliseconds / 1000;
    for (int i = 0; i < threads; i++)
    {
        workers[i] = (struct worker){operation, states[i], end, 0};
        if (i > 0 && pthread_create(&ids[i], NULL, work, &workers[i]) != 0)
        {
            fail("no thread");
        }
    }

    work(&workers[0]);
    unsigned long count = workers[0].count;
    for (int i = 1; i < threads; i++)
    {
        pthread_join(ids[i], NULL);
        count += workers[i].count;
    }

    printf("%lu %.6f\n", count, now() - start);
}

static void obey(operation *operation, void **states, int threads)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL)
    {
        long milliseconds;
        if (sscanf(line, "run %ld", &milliseconds) != 1 || milliseconds <= 0)
        {
            fail("not understood: %s", line);
        }

        run(operation, states, threads, milliseconds);
    }
}

static void *sleep_forever(void *unused)
{
    while (true)
    {
        pause();
    }

    return unused;
}

int main(int count, char **arguments)
{
    void *states[MAX_THREADS];
    const char *mode = count > 1 ? arguments[1] : "";
    bool verify = strcmp(mode, "evp-verify") == 0;
    if (count == 3 && (verify || strcmp(mode, "evp-sign") == 0))
    {
        states[0] = evp_prepare(arguments[2], verify);
        obey(verify ? evp_verify : evp_sign, states, 1);
        return 0;
    }

    /* With one thread in a process, libc leaves out atomic instructions, in malloc and in locks. */
    bool idle = count == 8 && strcmp(arguments[7], "idle") == 0;
    pthread_t sleeper;
    if (idle && pthread_create(&sleeper, NULL, sleep_forever, NULL) != 0)
    {
        fail("no thread");
    }

    int threads = count == 7 || idle ? atoi(arguments[6]) : 0;
    if (strcmp(mode, "pkcs11-sign") == 0 && threads > 0 && threads <= MAX_THREADS)
    {
        pkcs11_prepare(arguments[2], arguments[3], arguments[4], arguments[5], threads, states);
        obey(pkcs11_sign, states, threads);
        pkcs11_end();
        return 0;
    }

    fputs("usage: sign_loop evp-sign KEY.pem\n"
          "       sign_loop evp-verify KEY.pem\n"
          "       sign_loop pkcs11-sign MODULE TOKENLABEL KEYLABEL PINFILE THREADS [idle]\n",
        stderr);
    return 1;
}

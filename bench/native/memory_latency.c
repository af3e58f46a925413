// What one read costs that has to wait for the one before: a walk through memory in random order, by the size of the memory, with small and with huge pages.
// A hit of the certificate table waits twice: for the index, and for the record that it leads to.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { LINE = 64, STEPS = 5000000 };

static const size_t huge_page = 2u << 20;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Links all lines of the memory to one circle in random order (Sattolo).
static int link_lines(char *memory, size_t lines)
{
    uint32_t *order = malloc(lines * sizeof *order);
    if (order == NULL)
    {
        return -1;
    }

    uint64_t random = 88172645463325252ull;
    for (size_t i = 0; i < lines; i++)
    {
        order[i] = (uint32_t)i;
    }

    for (size_t i = lines - 1; i > 0; i--)
    {
        size_t other = next_random(&random) % i;
        uint32_t moved = order[i];
        order[i] = order[other];
        order[other] = moved;
    }

    for (size_t i = 0; i < lines; i++)
    {
        *(uint64_t *)(memory + (size_t)LINE * order[i]) = (uint64_t)LINE * order[(i + 1) % lines];
    }

    free(order);
    return 0;
}

static double walk(const char *memory, size_t steps, uint64_t *at)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t i = 0; i < steps; i++)
    {
        *at = *(const uint64_t *)(memory + *at);
    }

    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (double)steps;
}

static int measure(size_t size, int huge)
{
    char *mapped = mmap(NULL, size + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
    {
        perror("mmap");
        return -1;
    }

    char *memory = (char *)(((uintptr_t)mapped + huge_page - 1) & ~(uintptr_t)(huge_page - 1));
    if (huge)
    {
        madvise(memory, size, MADV_HUGEPAGE);
    }

    if (link_lines(memory, size / LINE) != 0)
    {
        perror("malloc");
        return -1;
    }

    uint64_t at = 0;
    walk(memory, STEPS, &at); // warm
    printf("| %zu MiB | %s | %.0f ns |\n", size >> 20, huge ? "huge" : "small", walk(memory, STEPS, &at));
    munmap(mapped, size + huge_page);
    return at == UINT64_MAX; // it never is, and the walk has to be made
}

int main(void)
{
    static const size_t sizes[] = {(size_t)1 << 20, (size_t)53 << 20, (size_t)1024 << 20};
    puts("| memory | pages | a read that waits for the one before |\n|---|---|--:|");
    for (int huge = 1; huge >= 0; huge--)
    {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        {
            if (measure(sizes[i], huge) != 0)
            {
                return 1;
            }
        }
    }

    return 0;
}

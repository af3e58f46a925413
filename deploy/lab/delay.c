// Carries Ethernet frames between two tap devices: delay NEAR FAR MS. Those towards FAR wait for MS milliseconds, the others pass.
// For kernels without netem.

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES = 16384, FRAME_BYTES = 2048 };

struct frame {
    long long due;
    ssize_t length;
    char bytes[FRAME_BYTES];
};

// The delay is the same for all frames, so they leave in the order in which they came.
static struct frame queue[FRAMES];
static unsigned long head, tail;

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int open_tap(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0) {
        perror(name);
        exit(1);
    }
    return tap;
}

// A frame that a device does not take is lost, as on a wire.
static void send_frame(int tap, const char *bytes, ssize_t length)
{
    if (write(tap, bytes, length) < 0) {
        perror("write");
    }
}

static void take(int near, long long delay)
{
    for (;;) {
        struct frame *f = &queue[tail % FRAMES];
        f->length = read(near, f->bytes, sizeof f->bytes);
        if (f->length <= 0) {
            return;
        }
        f->due = now() + delay;
        if (tail - head < FRAMES - 1) {
            tail++;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: delay NEAR FAR MS\n");
        return 2;
    }
    int near = open_tap(argv[1]), far = open_tap(argv[2]);
    long long delay = atoll(argv[3]) * 1000000;
    struct pollfd fds[] = {{.fd = near, .events = POLLIN}, {.fd = far, .events = POLLIN}};
    for (;;) {
        struct timespec wait, *limit = NULL;
        if (head != tail) {
            long long left = queue[head % FRAMES].due - now();
            left = left < 0 ? 0 : left;
            wait = (struct timespec){left / 1000000000, left % 1000000000};
            limit = &wait;
        }
        ppoll(fds, 2, limit, NULL);
        take(near, delay);
        for (; head != tail && queue[head % FRAMES].due <= now(); head++) {
            send_frame(far, queue[head % FRAMES].bytes, queue[head % FRAMES].length);
        }
        static char bytes[FRAME_BYTES];
        ssize_t length;
        while ((length = read(far, bytes, sizeof bytes)) > 0) {
            send_frame(near, bytes, length);
        }
    }
}

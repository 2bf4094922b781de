#pragma once
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

// Two names change places in one step; 0, or -1 and errno (EINVAL where the file system cannot).
static inline int exchange_names(const char *one, const char *other) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2u /* RENAME_EXCHANGE */);
}

// Freed memory up to `most` bytes stays with the process for what is allocated next, instead of going back to the kernel
// to be zeroed anew; threads share `arenas` heaps.
static inline void keep_freed_memory(int most, int arenas) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20); // the most that glibc takes
    mallopt(M_TRIM_THRESHOLD, most);
    mallopt(M_ARENA_MAX, arenas);
#endif
}

// Gives the calling thread a name, of which 15 bytes count, for top and debuggers.
static inline void name_this_thread(const char *name) { prctl(PR_SET_NAME, name); }

// Whether a process accepts connections at a socket's path.
static inline int is_listened_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return 0;
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return 0;
    int result = connect(descriptor, (struct sockaddr *)&address, sizeof address);
    close(descriptor);
    return result == 0;
}

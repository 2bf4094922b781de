#pragma once
#include <fcntl.h>
#include <linux/stat.h>
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

// A name is given up for another that nothing has yet; 0, or -1 and errno (EINVAL where the file system cannot tell).
static inline int move_to_free_name(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1u /* RENAME_NOREPLACE */);
}

// Whether not even its owner can move or remove a file, because somebody has said so (chattr +i, +a).
static inline int is_nailed_down(const char *path) {
    struct statx status;
    if (syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) != 0) return 0;
    return (status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
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

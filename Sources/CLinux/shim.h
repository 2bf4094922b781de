#pragma once
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/stat.h>
#include <malloc.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

// The first address of a name, in digits: of this family, AF_INET or AF_INET6. 0, or a code of getaddrinfo.
static inline int address_of(const char *name, int family, char *address, int capacity) {
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *found = 0;
    int code = getaddrinfo(name, 0, &hints, &found);
    if (code) return code;
    code = getnameinfo(found->ai_addr, found->ai_addrlen, address, capacity, 0, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return code;
}

// Whether this process was started to ignore a signal, as nohup does.
static inline int is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, 0, &action) == 0 && action.sa_handler == SIG_IGN;
}

// Opens a folder to walk from it, or within the one given: no symbolic link is followed.
static inline int open_folder(int within, const char *name) {
    return openat(within, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// A new file in a folder, for reading and writing: not one that is there, nor one that a link there points to.
static inline int make_file(int folder, const char *name, int mode) {
    return openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

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

// How many processors this process may use, by its affinity; 0 where that cannot be told.
static inline int allowed_processors(void) {
    unsigned long mask[1 << 12];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int count = 0;
    for (long i = 0; i < bytes / (long)sizeof mask[0]; i++) count += __builtin_popcountl(mask[i]);
    return count;
}

// The first address of this machine by which others may reach it, in digits: of IPv4 before IPv6. 0, or -1 where there is none.
static inline int own_address(char *address, int capacity) {
    struct ifaddrs *all, *each;
    if (getifaddrs(&all)) return -1;
    int found = -1;
    for (int family = AF_INET; found && family; family = family == AF_INET ? AF_INET6 : 0)
        for (each = all; found && each; each = each->ifa_next) {
            if (!each->ifa_addr || each->ifa_addr->sa_family != family || each->ifa_flags & IFF_LOOPBACK) continue;
            if (!(each->ifa_flags & IFF_UP)) continue;
            // A link's own addresses mean nothing elsewhere.
            if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *)each->ifa_addr)->sin6_addr)) continue;
            socklen_t size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
            found = getnameinfo(each->ifa_addr, size, address, capacity, 0, 0, NI_NUMERICHOST) ? -1 : 0;
        }
    freeifaddrs(all);
    return found;
}

#pragma once
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Two names change places in one step; 0, or -1 and errno (EINVAL where the file system cannot).
static inline int exchange_names(const char *one, const char *other) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2u /* RENAME_EXCHANGE */);
}

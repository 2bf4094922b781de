#pragma once

// Asks for the cache line that holds an address, which need not be readable, and does not wait for it.
static inline void prefetch_line(const void *address) { __builtin_prefetch(address); }

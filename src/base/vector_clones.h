#pragma once

// Before a function: GCC compiles it a second time for processors with AVX2, and the program takes
// the one that fits the machine when it starts. For plain loops over arrays, which then run over
// twice as many numbers at a time. AVX2 alone does not join a product and a sum into one rounding,
// so that both make the same numbers, to the bit.
//
// Nothing for other compilers and processors, nor under a sanitizer, which is not yet up when the
// choice is made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HEARTBEAT_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define HEARTBEAT_VECTOR_CLONES
#endif

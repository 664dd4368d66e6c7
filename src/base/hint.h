/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints to the compiler for the hot path. What is inlined into a loop takes registers from it even
 * if it hardly ever runs; measured, that is some percent of what reading costs.
 */
#ifndef BASE_HINT_H
#define BASE_HINT_H

/* Seldom called, from code that is hot: kept out of it, and placed apart. */
#define EYAS_COLD __attribute__((cold, noinline))
/* Not a function, also where it is used so often that the compiler would make it one. */
#define EYAS_INLINE inline __attribute__((always_inline))
/* A function of its own, although it has one caller only. */
#define EYAS_APART __attribute__((noinline))

#endif

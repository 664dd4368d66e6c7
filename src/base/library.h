/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that are loaded when they are needed: their functions into a struct of pointers. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <eyas/err.h>

struct eyas_symbol {
	const char *name;
	size_t offset; /* of its pointer in the struct */
};

/* 0, or -ENOSYS: the library, which messages call what, lacks one. */
int eyas_library_symbols(void *library, const char *what, const struct eyas_symbol *symbols,
			 size_t count, void *to, struct eyas_err *reterr);

/* A library that is loaded for whoever asks first; what was loaded never changes again. */
struct eyas_library {
	pthread_mutex_t lock; /* PTHREAD_MUTEX_INITIALIZER */
	bool loaded;
	int (*load)(struct eyas_err *reterr);
};

/* 0, or what load() returns, which is called again by the next one then. From any thread. */
int eyas_library_load(struct eyas_library *library, struct eyas_err *reterr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols of a library that was loaded. */
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

int eyas_library_symbols(void *library, const char *what, const struct eyas_symbol *symbols,
			 size_t count, void *to, struct eyas_err *reterr)
{
	void *symbol;
	size_t i;

	for (i = 0; i < count; i++) {
		symbol = dlsym(library, symbols[i].name);
		if (!symbol)
			return eyas_err_set(reterr, -ENOSYS, "%s has no %s", what, symbols[i].name);
		/* ISO C has no other way from an object's pointer to a function's. */
		memcpy((char *)to + symbols[i].offset, &symbol, sizeof(symbol));
	}
	return 0;
}

int eyas_library_load(struct eyas_library *library, struct eyas_err *reterr)
{
	int res = 0;

	pthread_mutex_lock(&library->lock);
	if (!library->loaded) {
		res = library->load(reterr);
		library->loaded = !res;
	}
	pthread_mutex_unlock(&library->lock);
	return res;
}

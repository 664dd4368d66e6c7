/* SPDX-License-Identifier: Apache-2.0 */
/* How values of each type are held and compared; asked when filters are compiled. */
#include "filter/value.h"

enum value_class eyas_value_class(unsigned type)
{
	const struct eyas_type_info *info = eyas_type_info(type);

	switch (info ? (enum eyas_kind)info->kind : EYAS_KIND_NONE) {
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
		return VALUE_NUMBER;
	case EYAS_KIND_DOUBLE:
		return VALUE_REAL;
	case EYAS_KIND_STRING:
	case EYAS_KIND_BYTES:
		return VALUE_BYTES;
	case EYAS_KIND_ADDR:
		return VALUE_ADDR;
	case EYAS_KIND_NONE:
	case EYAS_KIND_STRINGS:
	case EYAS_KIND_PAIRS:
	case EYAS_KIND_SOCKADDR:
	case EYAS_KIND_SOCKTUPLE:
	case EYAS_KIND_FDLIST:
	case EYAS_KIND_DYN:
		break;
	}
	/* Events never carry nets, so the schema knows no layout; their values are addresses. */
	return type == EYAS_PT_IPV4NET || type == EYAS_PT_IPV6NET ? VALUE_ADDR : VALUE_OTHER;
}

bool eyas_value_signed(unsigned type)
{
	const struct eyas_type_info *info = eyas_type_info(type);

	return info && info->kind == EYAS_KIND_SINT;
}

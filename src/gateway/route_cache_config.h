// The fields cache_* of a [[route]].
#pragma once

#include "gateway/route.h"
#include "gateway/row_reader.h"

namespace flux::gateway {

/// Reads them after everything else of the row; complains about what does not fit together.
void ReadCache(RowReader& reader, Route& route);

}  // namespace flux::gateway

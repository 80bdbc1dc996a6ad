// Who asks, when trusted proxies stand in between.
#pragma once

#include "net/http.h"

namespace flux::net {

/// Fills request.client and request.secure from request.peer and the X-Forwarded headers.
/// X-Forwarded-For is read from the right for as long as the hop that wrote an entry is in
/// `trusted`; what an untrusted hop claims is ignored. Thread: any.
void ReadForwarded(HttpRequest& request, const NetworkList& trusted);

}  // namespace flux::net

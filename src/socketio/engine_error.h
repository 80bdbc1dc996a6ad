// The error answers of Engine.IO requests, as the reference server words them.
#pragma once

#include "net/http.h"
#include "socketio/engine_stats.h"

#include <string_view>

namespace flux::socketio {

/// The response to a refused request: {"code":0..5,"message":...} with 400 or 403; for refusals
/// that will pass (budgets, caps: 503; drain: 502) with Retry-After. `message` replaces the usual
/// one.
net::HttpResponse ErrorResponse(Refusal refusal, std::string_view message = {});

}  // namespace flux::socketio

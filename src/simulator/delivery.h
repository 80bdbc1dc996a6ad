// How an answer goes over the wire, in good order or not.
#pragma once

#include "net/http.h"
#include "simulator/answer.h"

#include <string>

namespace flux::simulator {

/// As the server sends it.
net::HttpResponse ToResponse(Answer answer);

// Scripts for answers that are not sent in good order. Thread: any.

/// Nothing at all: the connection is reset.
net::WireScript ResetScript();
/// The whole answer, after `delay`.
net::WireScript LateScript(const Answer& answer, WallMillis now, Milliseconds delay);
/// The head at once, then the body in small pieces over `delay`.
net::WireScript DripScript(const Answer& answer, WallMillis now, Milliseconds delay);
/// Half of the body, then a reset.
net::WireScript CutScript(const Answer& answer, WallMillis now);
/// The whole body, 100 bytes short of what its length announces.
net::WireScript ShortScript(const Answer& answer, WallMillis now);

/// `text` compressed by gzip.
std::string Gzip(const std::string& text);

}  // namespace flux::simulator

// Record headers as bytes on disk.
#pragma once

#include "base/result.h"
#include "bus/event_bus.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::bus {

/// Names and values in order, each behind its length (4 bytes, little-endian). No headers: no
/// bytes.
std::string EncodeHeaders(const std::vector<Header>& headers);

/// Errors: kCorrupt.
Result<std::vector<Header>> DecodeHeaders(std::string_view bytes);

}  // namespace flux::bus

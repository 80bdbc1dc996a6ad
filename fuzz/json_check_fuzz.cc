// The strict check beside simdjson: what one of them accepts, the other must accept, but for the
// stated differences.
#include "json/json_check.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <simdjson.h>
#include <string_view>

namespace {

/// simdjson's DOM converts numbers, so it refuses some that are valid; and its depth is its own.
bool RefusesValidText(simdjson::error_code error) {
    return error == simdjson::NUMBER_ERROR || error == simdjson::DEPTH_ERROR ||
           error == simdjson::CAPACITY || error == simdjson::STRING_ERROR;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto checked = flux::json::Check(text);
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    const simdjson::error_code error = parser.parse(text.data(), text.size()).get(element);
    if (checked && error != simdjson::SUCCESS && !RefusesValidText(error)) std::abort();
    const bool has_mark =
        text.starts_with("\xEF\xBB\xBF");  // RFC 8259 lets a parser skip it; Flux does not
    if (!checked && error == simdjson::SUCCESS && !has_mark &&
        checked.error().code != flux::ErrorCode::kTooLarge) {
        std::abort();
    }
    return 0;
}

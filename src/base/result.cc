#include "base/result.h"

#include "base/assert.h"

namespace flux {

std::string_view ToString(ErrorCode code) {
    switch (code) {
        case ErrorCode::kBadInput:
            return "bad_input";
        case ErrorCode::kNotFound:
            return "not_found";
        case ErrorCode::kConflict:
            return "conflict";
        case ErrorCode::kTooLarge:
            return "too_large";
        case ErrorCode::kFull:
            return "full";
        case ErrorCode::kTimeout:
            return "timeout";
        case ErrorCode::kUnavailable:
            return "unavailable";
        case ErrorCode::kPermission:
            return "permission";
        case ErrorCode::kCorrupt:
            return "corrupt";
        case ErrorCode::kClosed:
            return "closed";
        case ErrorCode::kUnknown:
            return "unknown";
        case ErrorCode::kInternal:
            return "internal";
    }
    return "internal";
}

std::string ToString(const Error& error) {
    return std::string(ToString(error.code)) + ": " + error.context;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    AssertionFailed(
        "value() taken from a failed result",
        ToString(error).c_str(),
        where.file_name(),
        static_cast<int>(where.line())
    );
}

}  // namespace flux

// The result of something that can fail for a reason the caller can handle.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace flux {

/// What went wrong, in classes a caller can act on. The human sentence is Error::context.
enum class ErrorCode : std::uint8_t {
    kBadInput,     ///< malformed or out-of-bounds input from outside
    kNotFound,     ///< the named thing does not exist
    kConflict,     ///< exists already, or is owned by somebody else
    kTooLarge,     ///< over a stated limit
    kFull,         ///< a bounded queue is full; nothing was queued
    kTimeout,      ///< the deadline passed
    kUnavailable,  ///< the other side is down or refuses
    kPermission,   ///< not allowed
    kCorrupt,      ///< stored data does not read back as written
    kClosed,       ///< this object is shutting down
    kUnknown,      ///< the outcome cannot be known (sent, never answered)
    kInternal,     ///< a failure of this program that was contained
};

/// Whether the same call may succeed later.
enum class Retry : std::uint8_t { kNever, kLater };

/// A failure as a value. `context` is one sentence for people: what was being done, to what, and
/// why it failed.
struct Error {
    ErrorCode code = ErrorCode::kInternal;
    Retry retry = Retry::kNever;
    std::string context;

    Error() = default;
    Error(ErrorCode error_code, Retry may_retry, std::string why)
        : code(error_code),
          retry(may_retry),
          context(std::move(why)) {}
};

/// The stable name of a code, for logs and metrics.
std::string_view ToString(ErrorCode code);

/// "not_found: no topic called x".
std::string ToString(const Error& error);

/// Called by Boost when value() is taken from a failed result: that is a bug of the caller, so it
/// ends the process.
[[noreturn]] void throw_exception_from_error(
    const Error& error, const boost::source_location& where
);

template <class T = void>
using Result = boost::system::result<T, Error>;

}  // namespace flux

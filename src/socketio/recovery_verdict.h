// Whether a session can go on where its client was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flux::socketio {

/// What came of a client's wish to go on with a session. All but the first two start it afresh.
enum class RecoveryVerdict : std::uint8_t {
    kRecovered,
    kLater,        ///< the offset is of something this shard has not read yet: asked again soon
    kBadPid,       ///< no private id of Flux's form
    kUnknown,      ///< no such session: over, left on purpose, never there, or not to be had
    kInUse,        ///< another connection is claiming it right now
    kBadOffset,    ///< no offset of Flux's form
    kForeign,      ///< an offset of other routes, partitions, or another process
    kBeforeBegin,  ///< an offset from before the session began
    kAhead,        ///< an offset that nothing has been read up to
    kTooOld,       ///< something for its rooms is no longer kept
    kTooMuch,      ///< more was missed than one client is sent at once
    kRefused,      ///< the application refused the connection
};
inline constexpr std::size_t kRecoveryVerdicts = 12;
inline constexpr std::array<std::string_view, kRecoveryVerdicts> kRecoveryVerdictNames{
    "recovered",
    "later",
    "bad_pid",
    "unknown",
    "in_use",
    "bad_offset",
    "foreign",
    "before_begin",
    "ahead",
    "too_old",
    "too_much",
    "refused"};

}  // namespace flux::socketio

// What is left of a client's connection to a namespace when its transport has gone.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::socketio {

/// Enough to go on with the session on another connection, shard or process. Value type.
struct KeptSession {
    std::string sid;
    std::string nsp = "/";
    std::vector<std::string> rooms;
    std::string begin;          ///< SocketIoApp::Bookmark when it began
    std::string state;          ///< SocketIoApp::Suspend, the newest
    std::uint64_t brought = 0;  ///< mark of the offset its client came with; 0: none

    /// What was broadcast before this moment has surely reached the client, and so has what it was
    /// sent when it joined its rooms or came back. Of this process's clock, and not encoded:
    /// unknown elsewhere.
    SteadyTime confirmed = SteadyTime::min();

    /// What it takes in memory.
    std::size_t weight() const;
};

/// A session as it lies in an archive.
struct ArchivedSession {
    std::uint64_t owner = 0;  ///< drawn by the server that wrote it
    bool left = false;        ///< one side left on purpose: nobody may go on with it
    KeptSession session;      ///< empty when `left`
};

std::string Encode(const ArchivedSession& archived);

/// Nothing when `text` was not written by Encode, or is over limits::kKeptSessionBytesMax.
std::optional<ArchivedSession> DecodeArchived(std::string_view text);

/// A mark that tells one offset from another, never 0. Not a secret. Thread: any.
std::uint64_t OffsetMark(std::string_view offset);

}  // namespace flux::socketio

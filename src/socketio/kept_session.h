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

    /// Grows by two whenever somebody goes on with the session or may: of two copies the higher one
    /// is the newer.
    std::uint64_t generation = kFirstGeneration;
    static constexpr std::uint64_t kFirstGeneration = 2;
    bool archived = false;  ///< a copy of it may lie in the archive; not encoded

    /// What was broadcast before this moment has surely reached the client, and so has what it was
    /// sent when it joined its rooms or came back. Of this process's clock, and not encoded:
    /// unknown elsewhere.
    SteadyTime confirmed = SteadyTime::min();

    /// What it takes in memory.
    std::size_t weight() const;
};

/// What lies in an archive in place of a session, or is one.
struct ArchivedSession {
    enum class Kind : std::uint8_t {
        kSession,
        kTaken,     ///< a server has taken it out and is about to go on with it
        kLeft,      ///< one side left on purpose: nobody may go on with it
        kTooLarge,  ///< only the server that wrote it may go on with it
    };
    std::uint64_t owner = 0;  ///< drawn by the server that wrote it
    Kind kind = Kind::kSession;
    KeptSession session;  ///< but for kSession only its generation
};

/// Begins with the rank that SessionArchive speaks of: the generation of a session, which is even;
/// one more for what no copy of that generation may be written over.
std::string Encode(const ArchivedSession& archived);

/// Nothing when `text` was not written by Encode, or is over limits::kKeptSessionBytesMax.
std::optional<ArchivedSession> DecodeArchived(std::string_view text);

/// What Encode makes of kTaken, behind its rank, which the archive knows.
std::string TakenMark(std::uint64_t owner);

/// A mark that tells one offset from another, never 0. Not a secret. Thread: any.
std::uint64_t OffsetMark(std::string_view offset);

}  // namespace flux::socketio

// The id of an Engine.IO session: where it lives, and 128 bits nobody can guess.
#pragma once

#include "runtime/shard.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace flux::socketio {

/// [gateway: one of a-z0-9][shard: two characters, base 36][22 characters of 128 random bits].
/// A proxy routes polling requests by the first character, a gateway by the next two. Value type.
class SessionId {
public:
    static constexpr std::size_t kBytes = 25;

    /// A fresh id for a session on `shard` of gateway `gateway_id`.
    static SessionId Make(char gateway_id, ShardId shard);

    std::string_view view() const { return {text_.data(), text_.size()}; }

private:
    std::array<char, kBytes> text_{};
};

/// What the front of an id from outside says. Nothing when it does not look like one.
struct SessionPlace {
    char gateway_id = 'a';
    ShardId shard;
};
std::optional<SessionPlace> PlaceOf(std::string_view sid);

/// The value of `sid` in a query string, as sent: empty when absent. A real id needs no escapes, so
/// nothing is decoded.
std::string_view SidInQuery(std::string_view query);

}  // namespace flux::socketio

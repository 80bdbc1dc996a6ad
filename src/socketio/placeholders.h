// Where the attachments of a binary packet belong: {"_placeholder":true,"num":N} in its JSON.
#pragma once

#include <cstddef>
#include <string_view>

namespace flux::socketio {

/// Whether each placeholder in `payload`, which json::Check has passed, names one of `attachments`.
/// One pass, whatever the nesting. Thread: any.
bool PlaceholdersFit(std::string_view payload, std::size_t attachments);

}  // namespace flux::socketio

#include "socketio/recovery_auth.h"

#include "json/json_fields.h"
#include "limits/limits.h"

namespace flux::socketio {
namespace {

std::optional<std::string> ShortText(std::string_view value) {
    // Six characters of an escape stand for one.
    if (value.size() > 6 * limits::kRecoveryOffsetBytesMax + 2) return std::nullopt;
    std::optional<std::string> text = json::AsString(value);
    if (text && text->size() > limits::kRecoveryOffsetBytesMax) return std::nullopt;
    return text;
}

}  // namespace

RecoveryAuth ReadRecoveryAuth(std::string_view auth) {
    RecoveryAuth read;
    read.rest = "{";
    for (json::ObjectReader members(auth); members.Next();) {
        if (members.NameIs("pid")) {
            read.had_pid = true;
            read.pid = ShortText(members.value());
        } else if (members.NameIs("offset")) {
            read.had_offset = json::KindOf(members.value()) != json::Kind::kNull;
            read.offset = ShortText(members.value());
        } else {
            if (members.NameIs("recover")) read.wanted = members.value() == "true";
            if (read.rest.size() > 1) read.rest += ',';
            read.rest += members.literal_name();
            read.rest += ':';
            read.rest += members.value();
        }
    }
    read.rest += '}';
    return read;
}

}  // namespace flux::socketio

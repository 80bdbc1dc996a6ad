// What a CONNECT says about a session: the rest is JSON without `pid` and `offset` and otherwise
// the same; what is taken is short. And sessions from an archive: what is accepted is written the
// same again, within its bounds.
//
// The first byte says which.
#include "base/assert.h"
#include "input.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "limits/limits.h"
#include "socketio/kept_session.h"
#include "socketio/recovery_auth.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

namespace json = flux::json;
namespace limits = flux::limits;

void CheckAuth(std::string_view text) {
    if (!json::Check(text) || json::KindOf(json::TrimBlanks(text)) != json::Kind::kObject) return;
    const flux::socketio::RecoveryAuth auth = flux::socketio::ReadRecoveryAuth(text);
    FLUX_ASSERT(json::Check(auth.rest));
    FLUX_ASSERT(!json::Member(auth.rest, "pid") && !json::Member(auth.rest, "offset"));
    FLUX_ASSERT(auth.had_pid == json::Member(text, "pid").has_value());
    FLUX_ASSERT(!auth.pid || auth.pid->size() <= limits::kRecoveryOffsetBytesMax);
    FLUX_ASSERT(!auth.offset || auth.offset->size() <= limits::kRecoveryOffsetBytesMax);
    FLUX_ASSERT(!auth.offset || auth.had_offset);
    FLUX_ASSERT(auth.wanted == (json::Member(text, "recover") == "true"));
    for (json::ObjectReader members(text); members.Next();) {
        if (members.NameIs("pid") || members.NameIs("offset")) continue;
        FLUX_ASSERT(json::Member(auth.rest, members.name()) == json::Member(text, members.name()));
    }
}

void CheckArchived(std::string_view text) {
    const auto archived = flux::socketio::DecodeArchived(text);
    if (!archived) return;
    FLUX_ASSERT(Encode(*archived) == text);
    FLUX_ASSERT(archived->session.rooms.size() <= limits::kRoomsPerSocketMax);
    FLUX_ASSERT(archived->session.weight() <= 64 * 1024);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    if (input.Byte() % 2 == 0) {
        CheckAuth(input.Rest());
    } else {
        CheckArchived(input.Rest());
    }
    return 0;
}

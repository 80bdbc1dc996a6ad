#include "socketio/session_id.h"

#include "base/assert.h"
#include "base/random.h"

#include <algorithm>
#include <string>

namespace flux::socketio {
namespace {

constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kPrefixBytes = 3;

}  // namespace

SessionId SessionId::Make(char gateway_id, ShardId shard) {
    const std::size_t number = shard.value();
    FLUX_ASSERT(number < kDigits.size() * kDigits.size());
    SessionId id;
    id.text_[0] = gateway_id;
    id.text_[1] = kDigits[number / kDigits.size()];
    id.text_[2] = kDigits[number % kDigits.size()];
    const std::string secret = SecureRandomText(16);
    FLUX_ASSERT(secret.size() == kBytes - kPrefixBytes);
    std::copy(secret.begin(), secret.end(), id.text_.begin() + kPrefixBytes);
    return id;
}

std::optional<SessionPlace> PlaceOf(std::string_view sid) {
    if (sid.size() != SessionId::kBytes) return std::nullopt;
    const std::size_t high = kDigits.find(sid[1]);
    const std::size_t low = kDigits.find(sid[2]);
    constexpr std::size_t kNone = std::string_view::npos;
    if (kDigits.find(sid[0]) == kNone || high == kNone || low == kNone) return std::nullopt;
    return SessionPlace{sid[0], ShardId(static_cast<std::uint16_t>(high * kDigits.size() + low))};
}

std::string_view SidInQuery(std::string_view query) {
    constexpr std::string_view kName = "sid=";
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        if (pair.starts_with(kName)) return pair.substr(kName.size());
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return {};
}

}  // namespace flux::socketio

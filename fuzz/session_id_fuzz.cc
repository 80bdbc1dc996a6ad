// Session ids: one that was made here names its place, and a foreign one never a place that no
// gateway has; `sid` in a query is what a naive splitter finds, and nothing beyond it is read.
//
// The first byte chooses the gateway, the next two the shard; then a line with an id, then a query.
#include "base/assert.h"
#include "input.h"
#include "socketio/session_id.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using flux::ShardId;
using flux::socketio::PlaceOf;
using flux::socketio::SessionId;

constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kShardsMax = 36 * 36;

void CheckMade(char gateway, std::uint16_t shard) {
    const SessionId id = SessionId::Make(gateway, ShardId(shard));
    FLUX_ASSERT(id.view().size() == SessionId::kBytes);
    FLUX_ASSERT(id.view() != SessionId::Make(gateway, ShardId(shard)).view());
    const auto place = PlaceOf(id.view());
    FLUX_ASSERT(place && place->gateway_id == gateway && place->shard.value() == shard);
    // It needs no escapes, so it is found in a query as it is.
    const std::string query = "EIO=4&sid=" + std::string(id.view()) + "&transport=polling";
    FLUX_ASSERT(flux::socketio::SidInQuery(query) == id.view());
    FLUX_ASSERT(!PlaceOf(id.view().substr(1)) && !PlaceOf(std::string(id.view()) + 'a'));
}

void CheckForeign(std::string_view sid) {
    const auto place = PlaceOf(sid);
    const std::string_view front = sid.substr(0, 3);
    const bool looks_like_one = sid.size() == SessionId::kBytes &&
                                front.find_first_not_of(kDigits) == std::string_view::npos;
    FLUX_ASSERT(place.has_value() == looks_like_one);
    if (!place) return;
    const std::size_t shard = place->shard.value();
    FLUX_ASSERT(shard < kShardsMax && kDigits.find(place->gateway_id) != std::string_view::npos);
    const std::string again{place->gateway_id, kDigits[shard / 36], kDigits[shard % 36]};
    FLUX_ASSERT(again == front);
}

/// The value behind the first "sid=" that begins a parameter.
std::string Expected(const std::string& query) {
    const std::string all = '&' + query;
    const std::size_t at = all.find("&sid=");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + 5;
    return all.substr(begin, all.find('&', begin) - begin);
}

void CheckQuery(std::string_view query) {
    // It ends where its memory does, so that reading beyond it is noticed.
    const auto exact = std::make_unique<char[]>(query.size());
    query.copy(exact.get(), query.size());
    const std::string_view found = flux::socketio::SidInQuery({exact.get(), query.size()});
    FLUX_ASSERT(found == Expected(std::string(query)));
    CheckForeign(found);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const char gateway = kDigits[input.Byte() % kDigits.size()];
    const std::size_t high = input.Byte();
    const std::size_t number = (high << 8 | input.Byte()) % kShardsMax;
    CheckMade(gateway, static_cast<std::uint16_t>(number));
    CheckForeign(input.Line());
    CheckQuery(input.Rest());
    return 0;
}

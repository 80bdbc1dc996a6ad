#include "simulator/coinbase/feed_request.h"

#include "json/json_check.h"
#include "json/json_fields.h"

#include <optional>
#include <utility>

namespace flux::simulator {
namespace {

constexpr std::size_t kProductsMax = 1000;
constexpr std::size_t kChannelsMax = 16;

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

/// Appends the ids of `value`, the member `product_ids` of `object`; false when they are no texts.
bool AppendProducts(std::string_view object, std::vector<std::string>& products) {
    const auto value = json::Member(object, "product_ids");
    if (!value || json::KindOf(*value) == json::Kind::kNull) return true;
    if (json::KindOf(*value) != json::Kind::kArray) return false;
    for (json::ArrayReader ids(*value); ids.Next();) {
        auto id = json::AsString(ids.value());
        if (!id || products.size() >= kProductsMax) return false;
        products.push_back(std::move(*id));
    }
    return true;
}

}  // namespace

Result<FeedRequest> ParseFeedRequest(std::string_view text) {
    if (!json::Check(text) || json::KindOf(text) != json::Kind::kObject) {
        return Bad("Malformed JSON");
    }
    const auto type_value = json::Member(text, "type");
    const std::string type = type_value ? json::AsString(*type_value).value_or("") : "";
    if (type != "subscribe" && type != "unsubscribe") {
        return Bad("Type has to be either subscribe or unsubscribe");
    }
    FeedRequest request;
    request.subscribe = type == "subscribe";
    std::vector<std::string> everywhere;
    if (!AppendProducts(text, everywhere)) return Bad("product_ids must be a list of ids");
    const auto channels = json::Member(text, "channels");
    if (!channels || json::KindOf(*channels) != json::Kind::kArray) {
        return Bad("channels must be provided");
    }
    for (json::ArrayReader items(*channels); items.Next();) {
        if (request.channels.size() >= kChannelsMax) return Bad("too many channels");
        FeedRequest::Channel channel;
        channel.products = everywhere;
        const std::string_view item = items.value();
        const auto name = json::KindOf(item) == json::Kind::kObject ? json::Member(item, "name")
                                                                    : std::optional(item);
        channel.name = name ? json::AsString(*name).value_or("") : "";
        if (!AppendProducts(item, channel.products)) {
            return Bad("product_ids must be a list of ids");
        }
        request.channels.push_back(std::move(channel));
    }
    if (request.channels.empty()) return Bad("channels must be provided");
    return request;
}

}  // namespace flux::simulator

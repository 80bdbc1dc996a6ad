// What a client of the feed may say.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// "subscribe" or "unsubscribe", with the products of each channel: those at the root count for
/// every channel.
struct FeedRequest {
    struct Channel {
        std::string name;
        std::vector<std::string> products;
    };
    bool subscribe = true;
    std::vector<Channel> channels;
};

/// Errors: kBadInput; its context is the reason the exchange would give. Thread: any.
Result<FeedRequest> ParseFeedRequest(std::string_view text);

}  // namespace flux::simulator

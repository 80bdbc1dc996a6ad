// The topics of the event bus: their names and what each is.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace flux::contract {

/// A topic as every process that uses it agrees on it.
struct Topic {
    std::string_view name;
    std::int32_t partitions = 1;
    bool durable = false;  ///< an acknowledged record survives kill -9
    bool embedded = true;  ///< of use to a process that is alone
};

/// E4: one record per product and flush, key = product_id (see ticker.h).
inline constexpr Topic kCryptoTickerUpdated{.name = "crypto.ticker.event.updated"};

/// Which gateway uses which id: one record per gateway every few seconds, key = id (see
/// gateway_claim.h). On Kafka only.
inline constexpr Topic kGateways{.name = "flux.gateways", .embedded = false};

inline constexpr std::array kTopics{kCryptoTickerUpdated, kGateways};

/// The topic of that name, or nullptr when it is none of Flux's own (a user's topic).
constexpr const Topic* FindTopic(std::string_view name) {
    for (const Topic& topic : kTopics) {
        if (topic.name == name) return &topic;
    }
    return nullptr;
}

}  // namespace flux::contract

// What the gateway writes into Delivery::key: the delivery's sequence number and the route's key.
#pragma once

#include "gateway/snapshot_table.h"

#include <optional>
#include <string>
#include <string_view>

namespace flux::gateway {

struct DeliveryKey {
    Sequence sequence = 0;
    std::string_view key;
};

/// Thread: any.
std::string PackDeliveryKey(Sequence sequence, std::string_view key);

/// Nothing when `packed` was not made by PackDeliveryKey. Thread: any.
std::optional<DeliveryKey> UnpackDeliveryKey(std::string_view packed);

}  // namespace flux::gateway

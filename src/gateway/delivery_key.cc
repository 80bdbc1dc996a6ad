#include "gateway/delivery_key.h"

#include <cstring>

namespace flux::gateway {

std::string PackDeliveryKey(Sequence sequence, std::string_view key) {
    std::string packed;
    packed.resize(sizeof(sequence));
    std::memcpy(packed.data(), &sequence, sizeof(sequence));  // read back in this process only
    packed += key;
    return packed;
}

std::optional<DeliveryKey> UnpackDeliveryKey(std::string_view packed) {
    DeliveryKey unpacked;
    if (packed.size() < sizeof(unpacked.sequence)) return std::nullopt;
    std::memcpy(&unpacked.sequence, packed.data(), sizeof(unpacked.sequence));
    unpacked.key = packed.substr(sizeof(unpacked.sequence));
    return unpacked;
}

}  // namespace flux::gateway

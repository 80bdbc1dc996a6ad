#include "gateway/uuid.h"

#include "base/random.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace flux::gateway {

std::string NewUuid() {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<std::byte, 16> bytes;
    SecureRandomBytes(bytes);
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    std::string text;
    text.reserve(36);
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        if (index == 4 || index == 6 || index == 8 || index == 10) text += '-';
        const auto value = std::to_integer<unsigned>(bytes[index]);
        text += kHex[value >> 4];
        text += kHex[value & 0xF];
    }
    return text;
}

}  // namespace flux::gateway

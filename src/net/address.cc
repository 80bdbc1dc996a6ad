#include "net/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace flux::net {
namespace {

constexpr std::size_t kNetworkBytes = 8;  // a /64
constexpr std::size_t kMappedPrefixBytes = 12;
constexpr std::array<std::uint8_t, kMappedPrefixBytes> kMappedPrefix{
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Error BadNetwork(std::string_view entry, std::string_view why) {
    return Error(
        ErrorCode::kBadInput,
        Retry::kNever,
        "cannot read the network \"" + std::string(entry) + "\": " + std::string(why) +
            "; write an address such as 10.1.2.3 or a network such as 10.0.0.0/8"
    );
}

bool SamePrefix(
    const std::array<std::uint8_t, 16>& left,
    const std::array<std::uint8_t, 16>& right,
    int prefix_bits
) {
    const auto whole_bytes = static_cast<std::size_t>(prefix_bits / 8);
    if (!std::equal(left.begin(), left.begin() + whole_bytes, right.begin())) return false;
    const int rest = prefix_bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return (left[whole_bytes] & mask) == (right[whole_bytes] & mask);
}

}  // namespace

Result<IpAddress> IpAddress::Parse(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> zero_ended{};
    if (text.size() < zero_ended.size()) {
        std::copy(text.begin(), text.end(), zero_ended.begin());
        const bool has_zero = text.find('\0') != std::string_view::npos;
        IpAddress address;
        if (!has_zero && ::inet_pton(AF_INET6, zero_ended.data(), address.bytes_.data()) == 1) {
            return address;
        }
        std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
        std::uint8_t* const last_four = address.bytes_.data() + kMappedPrefixBytes;
        if (!has_zero && ::inet_pton(AF_INET, zero_ended.data(), last_four) == 1) return address;
    }
    return Error(
        ErrorCode::kBadInput,
        Retry::kNever,
        "\"" + std::string(text.substr(0, 64)) + "\" is not an IPv4 or IPv6 address"
    );
}

IpAddress IpAddress::From(const sockaddr_storage& address) {
    IpAddress made;
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), made.bytes_.begin());
        std::memcpy(made.bytes_.data() + kMappedPrefixBytes, &v4.sin_addr, sizeof v4.sin_addr);
    } else if (address.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::memcpy(made.bytes_.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    }
    return made;
}

bool IpAddress::is_v4() const {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
    if (is_v4()) return bytes_[kMappedPrefixBytes] == 127;
    return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
           bytes_.back() == 1;
}

std::string IpAddress::ToString() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4()) {
        ::inet_ntop(AF_INET, bytes_.data() + kMappedPrefixBytes, text.data(), text.size());
    } else {
        ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    }
    return text.data();
}

IpAddress IpAddress::Network() const {
    IpAddress network = *this;
    if (!is_v4()) std::fill(network.bytes_.begin() + kNetworkBytes, network.bytes_.end(), 0);
    return network;
}

Result<NetworkList> NetworkList::Parse(const std::vector<std::string>& networks) {
    NetworkList list;
    for (const std::string& entry : networks) {
        const std::size_t slash = entry.find('/');
        const Result<IpAddress> base = IpAddress::Parse(std::string_view(entry).substr(0, slash));
        if (!base) return BadNetwork(entry, "no address before the slash");
        const int address_bits = base->is_v4() ? 32 : 128;
        auto bits = static_cast<unsigned>(address_bits);
        if (slash != std::string::npos) {
            const char* const first = entry.data() + slash + 1;
            const char* const last = entry.data() + entry.size();
            const auto [end, error] = std::from_chars(first, last, bits);
            if (error != std::errc() || end != last || bits > static_cast<unsigned>(address_bits)) {
                return BadNetwork(entry, "the prefix length is out of range");
            }
        }
        list.networks_.push_back({base->bytes(), static_cast<int>(bits) + (128 - address_bits)});
    }
    return list;
}

bool NetworkList::Contains(const IpAddress& address) const {
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        return SamePrefix(network.base, address.bytes(), network.prefix_bits);
    });
}

}  // namespace flux::net

// Addresses and networks: what is printed reads back as the same, and a list of networks holds what
// a comparison bit by bit says.
//
// The first line is an address, the next 16 bytes are another, and each further line is a network.
#include "base/assert.h"
#include "input.h"
#include "net/address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace {

using flux::net::IpAddress;
using flux::net::NetworkList;

constexpr std::size_t kNetworksMax = 16;
constexpr std::size_t kMappedBits = 96;  // an IPv4 address stands behind ::ffff:

/// An address as 128 characters, '0' and '1'.
std::string Bits(const IpAddress& address) {
    std::string bits;
    for (const std::uint8_t byte : address.bytes()) {
        for (int bit = 7; bit >= 0; --bit)
            bits += (byte >> bit & 1) != 0 ? '1' : '0';
    }
    return bits;
}

/// As the kernel hands it over; an IPv4 one in both forms.
IpAddress FromKernel(const std::array<std::uint8_t, 16>& bytes) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    sockaddr_storage storage{};
    std::memcpy(&storage, &v6, sizeof v6);
    const IpAddress address = IpAddress::From(storage);
    FLUX_ASSERT(address.bytes() == bytes);
    if (!address.is_v4()) return address;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, bytes.data() + kMappedBits / 8, sizeof v4.sin_addr);
    storage = {};
    std::memcpy(&storage, &v4, sizeof v4);
    FLUX_ASSERT(IpAddress::From(storage) == address);
    return address;
}

void CheckAddress(const IpAddress& address) {
    const auto again = IpAddress::Parse(address.ToString());
    FLUX_ASSERT(again && *again == address);
    const std::string bits = Bits(address);
    const std::string mapped = std::string(80, '0') + std::string(16, '1');
    FLUX_ASSERT(address.is_v4() == bits.starts_with(mapped));
    FLUX_ASSERT(address.is_v4() == (address.ToString().find(':') == std::string::npos));
    const std::string one = std::string(127, '0') + '1';
    FLUX_ASSERT(address.is_loopback() == (bits == one || bits.starts_with(mapped + "01111111")));
    const IpAddress network = address.Network();
    FLUX_ASSERT(network.Network() == network && network.is_v4() == address.is_v4());
    const std::string kept = address.is_v4() ? bits : bits.substr(0, 64) + std::string(64, '0');
    FLUX_ASSERT(Bits(network) == kept);
}

/// What an entry of a list that was accepted means, read with other means.
bool Holds(const std::string& entry, const IpAddress& address) {
    const std::size_t slash = entry.find('/');
    const auto base = IpAddress::Parse(entry.substr(0, slash));
    FLUX_ASSERT(base);
    std::size_t bits = 128;
    if (slash != std::string::npos) {
        const long wanted = std::strtol(entry.c_str() + slash + 1, nullptr, 10);
        FLUX_ASSERT(wanted >= 0 && wanted <= (base->is_v4() ? 32 : 128));
        bits = static_cast<std::size_t>(wanted) + (base->is_v4() ? kMappedBits : 0);
    }
    return Bits(*base).substr(0, bits) == Bits(address).substr(0, bits);
}

void CheckNetworks(const std::vector<std::string>& entries, const IpAddress& address) {
    const auto list = NetworkList::Parse(entries);
    if (!list) {
        // The sentence names one entry, and that one alone is refused too.
        const bool named =
            std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
                return list.error().context.find('"' + entry + '"') != std::string::npos &&
                       !NetworkList::Parse({entry});
            });
        FLUX_ASSERT(named);
        return;
    }
    FLUX_ASSERT(list->empty() == entries.empty());
    const bool held = std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
        return Holds(entry, address);
    });
    FLUX_ASSERT(list->Contains(address) == held);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::string_view text = input.Line();
    const auto read = IpAddress::Parse(text);
    if (read) {
        CheckAddress(*read);
    } else {
        FLUX_ASSERT(!read.error().context.empty());
    }
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes)
        byte = input.Byte();
    const IpAddress other = FromKernel(bytes);
    CheckAddress(other);
    input.Line();

    std::vector<std::string> entries;
    while (!input.Rest().empty() && entries.size() < kNetworksMax)
        entries.emplace_back(input.Line());
    CheckNetworks(entries, other);
    if (read) CheckNetworks(entries, *read);
    return 0;
}

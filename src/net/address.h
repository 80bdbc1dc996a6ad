// IP addresses and networks.
#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr_storage;

namespace flux::net {

/// An IPv4 or IPv6 address, held as 16 bytes (IPv4 as ::ffff:a.b.c.d). Value type; thread: any.
class IpAddress {
public:
    IpAddress() = default;  ///< "::", the unspecified address

    /// Errors: kBadInput.
    static Result<IpAddress> Parse(std::string_view text);
    static IpAddress From(const sockaddr_storage& address);

    bool is_v4() const;
    bool is_loopback() const;  ///< 127.0.0.0/8 or ::1
    std::string ToString() const;

    /// Whom limits per address count: an IPv4 address as it is (also one written as
    /// ::ffff:a.b.c.d), of an IPv6 address its /64, which is what one customer gets and may spread
    /// over at will.
    IpAddress Network() const;
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// A set of networks such as "10.0.0.0/8, ::1": the proxies whose X-Forwarded-For is believed.
class NetworkList {
public:
    /// Errors: kBadInput naming the entry.
    static Result<NetworkList> Parse(const std::vector<std::string>& networks);
    bool Contains(const IpAddress& address) const;
    bool empty() const { return networks_.empty(); }

private:
    struct Network {
        std::array<std::uint8_t, 16> base;
        int prefix_bits;
    };
    std::vector<Network> networks_;
};

}  // namespace flux::net

template <>
struct std::hash<flux::net::IpAddress> {
    std::size_t operator()(const flux::net::IpAddress& address) const {
        return std::hash<std::string_view>{}(
            {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()}
        );
    }
};

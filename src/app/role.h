// What one process does.
#pragma once

#include "app/domain.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace flux::app {

/// The parts that run in a process, by the subcommand that starts it.
struct Role {
    std::string_view name;
    bool gateway = false;      ///< the web listener: sockets and the page
    PerDomain<bool> serves{};  ///< the services of these domains
    /// Unless admin.port says otherwise: every role has its own, so that all fit on one machine.
    std::uint16_t admin_port = 0;

    constexpr bool any_service() const {
        for (const Domain domain : kDomains)
            if (serves[domain]) return true;
        return false;
    }
};

/// The service of one domain.
constexpr Role ServiceRole(Domain domain, std::uint16_t admin_port) {
    Role role{.name = NameOf(domain), .admin_port = admin_port};
    role.serves[domain] = true;
    return role;
}

constexpr Role EveryRole() {
    Role role{.name = "up", .gateway = true, .admin_port = 9464};
    for (const Domain domain : kDomains)
        role.serves[domain] = true;
    return role;
}

inline constexpr Role kEverything = EveryRole();
inline constexpr Role kGatewayRole{.name = "gateway", .gateway = true, .admin_port = 9464};
inline constexpr Role kWeatherRole = ServiceRole(Domain::kWeather, 9465);
inline constexpr Role kCryptoRole = ServiceRole(Domain::kCrypto, 9466);
inline constexpr Role kStockRole = ServiceRole(Domain::kStock, 9467);
inline constexpr Role kNewsRole = ServiceRole(Domain::kNews, 9468);

/// The roles that one process has alone.
inline constexpr std::array kRolesAlone{
    kGatewayRole, kWeatherRole, kCryptoRole, kStockRole, kNewsRole};

}  // namespace flux::app

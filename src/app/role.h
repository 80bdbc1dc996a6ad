// What one process does.
#pragma once

#include <cstdint>
#include <string_view>

namespace flux::app {

/// The parts that run in a process, by the subcommand that starts it.
struct Role {
    std::string_view name;
    bool gateway = false;  ///< the web listener: sockets and the page
    bool crypto = false;   ///< the crypto service
    /// Unless admin.port says otherwise: every role has its own, so that all fit on one machine.
    std::uint16_t admin_port = 0;
};

inline constexpr Role kEverything{
    .name = "up", .gateway = true, .crypto = true, .admin_port = 9464};
inline constexpr Role kGatewayRole{.name = "gateway", .gateway = true, .admin_port = 9464};
inline constexpr Role kCryptoRole{.name = "crypto", .crypto = true, .admin_port = 9466};

}  // namespace flux::app

// Who listens on a port of this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace flux::net {

struct PortOwner {
    std::string name;  ///< of the process, as `ps` shows it
    int pid = 0;
};

/// Looks a listening TCP port up in /proc. Nothing when the owner is another user's process, which
/// the kernel does not show. Reads files of every process: for error messages only. Thread: any.
std::optional<PortOwner> FindPortOwner(std::uint16_t port);

}  // namespace flux::net

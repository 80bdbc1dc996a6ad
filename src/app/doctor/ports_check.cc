#include "app/doctor/ports_check.h"

#include "app/doctor/holders.h"
#include "net/listening_socket.h"
#include "net/port_owner.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flux::app::doctor {
namespace {

/// Whether the process that listens there is one of Flux's own.
bool IsOurs(std::uint16_t port, const std::vector<Holder>& holders) {
    const auto owner = net::FindPortOwner(port);
    return owner && std::any_of(holders.begin(), holders.end(), [&owner](const Holder& holder) {
               return holder.pid == std::to_string(owner->pid);
           });
}

/// Tries the addresses and lets go of them at once.
Finding CheckListener(
    const std::string& check,
    const net::ListenerOptions& listener,
    const std::vector<Holder>& holders
) {
    const std::string where = fmt::format("{}", fmt::join(listener.addresses, " and "));
    if (listener.port == 0) return Ok(check, fmt::format("any free port of {}", where));
    const Result<net::BoundListener> bound = net::BindListener(listener);
    if (bound) return Ok(check, fmt::format("{} of {} is free", listener.port, where));
    const bool taken = bound.error().code == ErrorCode::kConflict;
    if (taken && IsOurs(listener.port, holders)) {
        return Ok(check, fmt::format("the Flux that runs here listens on {}", listener.port));
    }
    // "what is wrong; what to do".
    const std::string& said = bound.error().context;
    const std::size_t then = std::min(said.find("; "), said.size());
    const std::string remedy = said.substr(std::min(then + 2, said.size()));
    return Wrong(
        check,
        said.substr(0, then),
        fmt::format("{} (--{})", remedy.empty() ? "choose another" : remedy, listener.port_setting)
    );
}

}  // namespace

Findings CheckPorts(const Examination& examination) {
    const std::vector<Holder> holders = FindHolders(examination.settings());
    return {
        CheckListener("web port", WebListener(examination.settings()), holders),
        CheckListener("admin port", AdminListener(examination.settings()), holders)};
}

}  // namespace flux::app::doctor

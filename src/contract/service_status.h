// `platform.service.event.updated`: how one domain does.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "contract/replies.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::contract {

enum class ServiceState : std::uint8_t {
    kLive,
    kDegraded,  ///< goes on with what it has, or without a part of it
    kDown,      ///< its source gives nothing
    kNoKey,     ///< its source needs a key, and there is none
};

/// Published by each service on change and every 30 s; key = domain. Sent to every client as
/// `serviceStatus`.
struct ServiceStatus {
    std::string domain;  ///< "weather", "crypto", "stock", "news"
    ServiceState state = ServiceState::kLive;
    bool simulated = false;
    std::optional<Failure> error;
    std::optional<std::string> message;  ///< for people
    std::optional<WallMillis> retry_at;
    WallMillis at = 0;

    friend bool operator==(const ServiceStatus&, const ServiceStatus&) = default;
};

std::string_view NameOf(ServiceState state);
std::string Encode(const ServiceStatus& status);
/// Errors: kBadInput naming the field. Thread: any.
Result<ServiceStatus> DecodeServiceStatus(std::string_view json);

}  // namespace flux::contract

// Whether this process should be sent traffic, and what it still waits for.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace flux::app {

/// What must hold before the process is ready.
enum class Check : std::uint8_t { kBus, kGateway, kFeeds, kListeners };
inline constexpr std::array<std::string_view, 4> kCheckNames{
    "bus", "gateway", "feeds", "listeners"};

/// Thread: any.
class Readiness {
public:
    void Pass(Check check) { passed_[static_cast<std::size_t>(check)] = true; }

    /// From now on the process is not ready, for good.
    void BeginDraining() { draining_ = true; }

    bool ready() const;

    /// {"status":"ready","checks":{"bus":"ok",...}}: the status is "starting" while a check has not
    /// passed, "draining" once the process stops.
    std::string ToJson() const;

private:
    std::array<std::atomic<bool>, kCheckNames.size()> passed_{};
    std::atomic<bool> draining_{false};
};

}  // namespace flux::app

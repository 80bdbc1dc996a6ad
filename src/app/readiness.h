// Whether this process should be sent traffic, and what it still waits for.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
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
    /// Ready once `needed` have passed; other checks are none of this process's.
    explicit Readiness(std::initializer_list<Check> needed) {
        for (const Check check : needed)
            needed_[static_cast<std::size_t>(check)] = true;
    }

    void Pass(Check check) { passed_[static_cast<std::size_t>(check)] = true; }

    /// Whether the bus answers. While it does not, the process is not ready: what it has it still
    /// shows, and nothing new comes.
    void SetBusAnswers(bool answers) { bus_away_ = !answers; }

    /// From now on the process is not ready, for good.
    void BeginDraining() { draining_ = true; }

    bool ready() const;

    /// {"status":"ready","checks":{"bus":"ok",...}}: the status is "starting" while a check has not
    /// passed, "degraded" (with "bus":"away") while the bus does not answer, "draining" once the
    /// process stops.
    std::string ToJson() const;

private:
    bool AllPassed() const;

    std::array<bool, kCheckNames.size()> needed_{};
    std::array<std::atomic<bool>, kCheckNames.size()> passed_{};
    std::atomic<bool> bus_away_{false};
    std::atomic<bool> draining_{false};
};

}  // namespace flux::app

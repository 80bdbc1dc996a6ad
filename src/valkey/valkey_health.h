// Says once that Valkey is away and once that it is back, whatever the number of shards.
#pragma once

#include "base/clock.h"
#include "base/counter.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace flux::valkey {

/// Of one process, shared by the clients of its shards. An outage lasts from the first client that
/// cannot ask to the last that can again. Thread: any.
class ValkeyHealth {
public:
    ValkeyHealth(std::string peer, const Clock& clock)
        : peer_(std::move(peer)),
          clock_(clock) {}

    /// One client cannot ask any more. Each call is followed by one of Back or Gone.
    void Away(std::string_view why);
    /// That client can again.
    void Back();
    /// That client ends.
    void Gone();

    /// A command was answered with an error. Logged once, until the end of the next outage.
    void Refused(std::string_view sentence);

    const SharedCounter& outages() const { return outages_; }

private:
    const std::string peer_;
    const Clock& clock_;
    std::atomic<std::uint32_t> away_{0};
    std::atomic<std::int64_t> since_{0};  // of the steady clock, in its ticks
    std::atomic<bool> refusal_said_{false};
    SharedCounter outages_;
};

}  // namespace flux::valkey

#include "socketio/rate_limit.h"

#include "base/assert.h"

#include <algorithm>
#include <cmath>

namespace flux::socketio {
namespace {

/// So fine that a byte at 10 GiB/s still costs something; the clock lasts for 18 years of uptime.
constexpr std::int64_t kTicksPerNs = 16;
constexpr double kTicksPerSecond = 1e9 * kTicksPerNs;

/// Years: a burst of more than that is no limit in practice, and the sums below cannot overflow.
constexpr std::int64_t kTicksForever = std::int64_t{1} << 61;

}  // namespace

RateLimit::RateLimit(std::uint64_t per_second, std::uint64_t burst) {
    if (per_second == 0) return;
    ticks_per_unit_ = kTicksPerSecond / static_cast<double>(per_second);
    // Up, and costs down: the burst is there however it is cut into amounts.
    const double ticks =
        std::ceil(ticks_per_unit_ * static_cast<double>(std::max<std::uint64_t>(burst, 1)));
    burst_ticks_ = ticks < static_cast<double>(kTicksForever) ? static_cast<std::int64_t>(ticks)
                                                              : kTicksForever;
}

bool RateLimit::Take(Cell& cell, std::uint64_t amount, SteadyTime now) const {
    FLUX_ASSERT(!none());
    const double ticks = ticks_per_unit_ * static_cast<double>(amount);
    if (ticks > static_cast<double>(burst_ticks_)) return false;
    const auto cost = static_cast<std::int64_t>(ticks);
    const std::int64_t now_ticks =
        kTicksPerNs *
        std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    std::int64_t earned = cell.load(std::memory_order_relaxed);
    for (;;) {
        const std::int64_t next = std::max(earned, now_ticks) + cost;
        if (next - now_ticks > burst_ticks_) return false;
        if (cell.compare_exchange_weak(earned, next, std::memory_order_relaxed)) return true;
    }
}

}  // namespace flux::socketio

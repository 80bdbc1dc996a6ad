#include "base/clock.h"

namespace flux {

SteadyTime SystemClock::Now() const {
    return std::chrono::steady_clock::now();
}

WallMillis SystemClock::WallNow() const {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<Milliseconds>(since_epoch).count();
}

const SystemClock& SystemClock::Instance() {
    static const SystemClock clock;
    return clock;
}

}  // namespace flux

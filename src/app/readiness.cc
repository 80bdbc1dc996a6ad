#include "app/readiness.h"

#include <utility>

namespace flux::app {

bool Readiness::AllPassed() const {
    for (std::size_t i = 0; i < needed_.size(); ++i) {
        if (needed_[i] && !passed_[i]) return false;
    }
    return true;
}

bool Readiness::ready() const {
    return !draining_ && !bus_away_ && AllPassed();
}

std::string Readiness::ToJson() const {
    std::string_view status = "ready";
    if (!AllPassed()) status = "starting";
    if (AllPassed() && bus_away_) status = "degraded";
    if (draining_) status = "draining";
    std::string out = "{\"status\":\"" + std::string(status) + "\",\"checks\":{";
    bool first = true;
    for (std::size_t i = 0; i < kCheckNames.size(); ++i) {
        if (!needed_[i]) continue;
        const bool away = bus_away_ && i == static_cast<std::size_t>(Check::kBus);
        const std::string_view state = !passed_[i] ? "waiting" : away ? "away" : "ok";
        if (!std::exchange(first, false)) out += ',';
        out += '"' + std::string(kCheckNames[i]) + "\":\"" + std::string(state) + '"';
    }
    return out + "}}";
}

}  // namespace flux::app

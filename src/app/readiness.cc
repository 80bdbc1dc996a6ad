#include "app/readiness.h"

#include <algorithm>

namespace flux::app {

bool Readiness::ready() const {
    return !draining_ && std::all_of(passed_.begin(), passed_.end(), [](const auto& passed) {
        return passed.load();
    });
}

std::string Readiness::ToJson() const {
    const std::string_view status = draining_ ? "draining" : ready() ? "ready" : "starting";
    std::string out = "{\"status\":\"" + std::string(status) + "\",\"checks\":{";
    for (std::size_t i = 0; i < kCheckNames.size(); ++i) {
        if (i > 0) out += ',';
        out += '"' + std::string(kCheckNames[i]) + "\":";
        out += passed_[i] ? "\"ok\"" : "\"waiting\"";
    }
    return out + "}}";
}

}  // namespace flux::app

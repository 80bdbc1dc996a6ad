#include "simulator/key_ring.h"

#include "limits/limits.h"

#include <utility>

namespace flux::simulator {

bool KeyRing::Refuse(std::string key) {
    if (refused_.size() >= limits::kSimulatorAccountsMax) return false;
    refused_.insert(std::move(key));
    return true;
}

void KeyRing::Accept(std::string_view key) {
    const auto found = refused_.find(key);
    if (found != refused_.end()) refused_.erase(found);
}

}  // namespace flux::simulator

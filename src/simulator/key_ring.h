// Which keys the sources refuse.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace flux::simulator {

/// Any key is good but those named here; "refused-key" is from the beginning. Bounded. Thread: one
/// at a time.
class KeyRing {
public:
    bool Refuses(std::string_view key) const { return refused_.contains(key); }

    /// False when there are too many already.
    [[nodiscard]] bool Refuse(std::string key);
    void Accept(std::string_view key);

private:
    std::set<std::string, std::less<>> refused_{"refused-key"};
};

}  // namespace flux::simulator

// The faults of one source that are on.
#pragma once

#include "base/clock.h"
#include "simulator/fault.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace flux::simulator {

/// One of a kind: a new one replaces the old. Thread: one at a time.
class FaultBoard {
public:
    explicit FaultBoard(const Clock& clock)
        : clock_(clock) {}

    void Set(const Fault& fault);
    void Clear();

    /// Whether the fault is on and meets a request for `target` (its path and query); uses one of
    /// its count up.
    bool Use(FaultKind kind, std::string_view target = {});

    /// As Use, but the fault itself, as it was before.
    std::optional<Fault> Take(FaultKind kind, std::string_view target);

    /// The fault if it is on, without using it up.
    const Fault* Active(FaultKind kind) const;

    /// Appends the faults that are on to a JSON array of them.
    void Append(std::string& list) const;

private:
    struct Entry {
        std::optional<Fault> fault;
        SteadyTime until;
    };
    const Entry& At(FaultKind kind) const { return entries_[static_cast<std::size_t>(kind)]; }

    const Clock& clock_;
    std::array<Entry, kFaultKinds> entries_;
};

}  // namespace flux::simulator

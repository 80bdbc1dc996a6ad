#include "simulator/fault_board.h"

#include "json/json_check.h"

#include <chrono>
#include <fmt/format.h>

namespace flux::simulator {

void FaultBoard::Set(const Fault& fault) {
    Entry& entry = entries_[static_cast<std::size_t>(fault.kind)];
    entry.fault = fault;
    entry.until = clock_.Now() + fault.duration;
}

void FaultBoard::Clear() {
    entries_ = {};
}

const Fault* FaultBoard::Active(FaultKind kind) const {
    const Entry& entry = At(kind);
    if (!entry.fault) return nullptr;
    const Fault& fault = *entry.fault;
    if (fault.lasting) return &fault;
    if (fault.duration > Milliseconds(0)) return clock_.Now() < entry.until ? &fault : nullptr;
    return fault.count > 0 ? &fault : nullptr;
}

std::optional<Fault> FaultBoard::Take(FaultKind kind, std::string_view target) {
    if (Active(kind) == nullptr) return std::nullopt;
    Fault& fault = *entries_[static_cast<std::size_t>(kind)].fault;
    if (!fault.match.empty() && target.find(fault.match) == std::string_view::npos) {
        return std::nullopt;
    }
    if (fault.after > 0) {
        --fault.after;
        return std::nullopt;
    }
    Fault taken = fault;
    if (!fault.lasting && fault.duration == Milliseconds(0)) --fault.count;
    return taken;
}

bool FaultBoard::Use(FaultKind kind, std::string_view target) {
    return Take(kind, target).has_value();
}

void FaultBoard::Append(std::string& list) const {
    for (const FaultEntry& known : Faults()) {
        const Fault* const fault = Active(known.kind);
        if (fault == nullptr) continue;
        if (list.size() > 1) list += ',';
        list += fmt::format(R"({{"source":"{}","fault":"{}",)", fault->source, known.name);
        if (!fault->match.empty()) list += "\"match\":" + json::Quote(fault->match) + ",";
        if (fault->after > 0) list += fmt::format(R"("after":{},)", fault->after);
        if (fault->lasting) {
            list += R"("lasting":true})";
        } else if (fault->duration > Milliseconds(0)) {
            const SteadyTime until = At(known.kind).until;
            const auto left = std::chrono::ceil<Milliseconds>(until - clock_.Now()).count();
            list += fmt::format(R"("milliseconds_left":{}}})", left);
        } else {
            list += fmt::format(R"("count":{}}})", fault->count);
        }
    }
}

}  // namespace flux::simulator

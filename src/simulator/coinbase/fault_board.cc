#include "simulator/coinbase/fault_board.h"

#include "json/json_check.h"
#include "json/json_fields.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace flux::simulator {
namespace {

constexpr std::size_t kRequestBytesMax = 4096;
constexpr std::int64_t kCountMax = 1'000'000;
constexpr double kSecondsMax = 3600;
constexpr Milliseconds kSilenceDefault{10'000};

constexpr std::array<std::string_view, kFaultKinds> kNames{
    "drop_socket",
    "slow_consume",
    "silence",
    "mute",
    "garbage",
    "huge_frame",
    "unknown_type",
    "out_of_order",
    "duplicate",
    "missing_sizes",
    "sequence_gap",
    "no_ack",
    "partial",
    "http_429",
    "http_500",
    "http_html",
    "http_stall"};

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

Result<FaultKind> ParseKind(std::string_view name) {
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found != kNames.end()) return static_cast<FaultKind>(found - kNames.begin());
    return Bad(fmt::format("\"fault\" must be one of {}", fmt::join(kNames, ", ")));
}

Result<std::int64_t> Integer(std::string_view name, std::string_view value, std::int64_t most) {
    const auto number = json::AsInteger(value);
    if (number && *number >= 0 && *number <= most) return *number;
    return Bad(fmt::format("\"{}\" must be a whole number from 0 to {}", name, most));
}

Result<Milliseconds> Seconds(std::string_view value) {
    double seconds = 0;
    const std::string_view text = json::TrimBlanks(value);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size() && seconds > 0 &&
        seconds <= kSecondsMax) {
        return Milliseconds(static_cast<std::int64_t>(seconds * 1000));
    }
    return Bad("\"seconds\" must be a number above 0, up to 3600");
}

Result<void> ReadMember(const json::ObjectReader& member, Fault& fault) {
    const std::string name = member.name();
    const std::string_view value = member.value();
    if (name == "fault") {
        const auto kind = ParseKind(json::AsString(value).value_or(""));
        if (!kind) return kind.error();
        fault.kind = *kind;
    } else if (name == "count") {
        const auto count = Integer(name, value, kCountMax);
        if (!count) return count.error();
        fault.count = static_cast<std::uint32_t>(*count);
    } else if (name == "seconds") {
        const auto seconds = Seconds(value);
        if (!seconds) return seconds.error();
        fault.duration = *seconds;
    } else if (name == "product") {
        fault.product = json::AsString(value).value_or("");
        if (fault.product.empty()) return Bad("\"product\" must be a product id");
    } else if (name == "retry_after") {
        const auto seconds = Integer(name, value, 86'400);
        if (!seconds) return seconds.error();
        fault.retry_after = static_cast<int>(*seconds);
    } else {
        return Bad(
            "there is no member \"" + name.substr(0, 40) +
            "\"; use fault, count, seconds, product, retry_after"
        );
    }
    return {};
}

}  // namespace

std::string_view ToString(FaultKind kind) {
    return kNames[static_cast<std::size_t>(kind)];
}

Result<Fault> ParseFault(std::string_view json) {
    json::CheckLimits limits;
    limits.bytes_max = kRequestBytesMax;
    const Result<void> checked = json::Check(json, limits);
    if (!checked) return checked.error();
    const auto kind = json::Member(json, "fault");
    if (!kind) return ParseKind("").error();
    Fault fault;
    for (json::ObjectReader members(json); members.Next();) {
        const Result<void> read = ReadMember(members, fault);
        if (!read) return read.error();
    }
    const bool lasts = fault.kind == FaultKind::kSilence || fault.kind == FaultKind::kMute;
    if (lasts && fault.duration == Milliseconds(0)) fault.duration = kSilenceDefault;
    return fault;
}

void FaultBoard::Set(const Fault& fault) {
    Entry& entry = entries_[static_cast<std::size_t>(fault.kind)];
    entry.fault = fault;
    entry.until = clock_.Now() + fault.duration;
    if (fault.count == 0 && fault.duration == Milliseconds(0)) entry.fault.reset();
}

void FaultBoard::Clear() {
    entries_ = {};
}

const Fault* FaultBoard::Active(FaultKind kind) const {
    const Entry& entry = At(kind);
    if (!entry.fault) return nullptr;
    if (entry.fault->duration > Milliseconds(0)) {
        return clock_.Now() < entry.until ? &*entry.fault : nullptr;
    }
    return entry.fault->count > 0 ? &*entry.fault : nullptr;
}

bool FaultBoard::Use(FaultKind kind) {
    if (Active(kind) == nullptr) return false;
    Fault& fault = *entries_[static_cast<std::size_t>(kind)].fault;
    if (fault.duration == Milliseconds(0)) --fault.count;
    return true;
}

std::string FaultBoard::ToJson() const {
    std::string list = "[";
    for (std::size_t i = 0; i < kFaultKinds; ++i) {
        const Fault* const fault = Active(static_cast<FaultKind>(i));
        if (fault == nullptr) continue;
        if (list.size() > 1) list += ',';
        list += fmt::format(R"({{"fault":"{}",)", kNames[i]);
        if (fault->duration > Milliseconds(0)) {
            const auto left =
                std::chrono::ceil<Milliseconds>(entries_[i].until - clock_.Now()).count();
            list += fmt::format(R"("milliseconds_left":{}}})", left);
        } else {
            list += fmt::format(R"("count":{}}})", fault->count);
        }
    }
    return list + "]";
}

}  // namespace flux::simulator

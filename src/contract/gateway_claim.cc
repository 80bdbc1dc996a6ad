#include "contract/gateway_claim.h"

#include "contract/object_writer.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace flux::contract {
namespace {

using TextField = std::pair<std::string_view, std::string GatewayClaim::*>;

constexpr std::array<TextField, 5> kTexts{{
    {"id", &GatewayClaim::id},
    {"instance", &GatewayClaim::instance},
    {"host", &GatewayClaim::host},
    {"machine", &GatewayClaim::machine},
    {"began", &GatewayClaim::began},
}};

constexpr std::string_view kHere = "here";
constexpr std::string_view kGone = "gone";

Error Bad(std::string_view field, std::string_view why) {
    return Error(
        ErrorCode::kBadInput, Retry::kNever, fmt::format("gateway claim: '{}' {}", field, why)
    );
}

}  // namespace

std::string Encode(const GatewayClaim& claim) {
    ObjectWriter out;
    out.Text("state", claim.gone ? kGone : kHere);
    for (const auto& [name, member] : kTexts)
        out.Text(name, claim.*member);
    out.Integer("process", claim.process);
    return out.Take();
}

Result<GatewayClaim> DecodeGatewayClaim(std::string_view text) {
    if (const Result<void> checked = json::Check(text); !checked) return checked.error();
    GatewayClaim claim;
    for (const auto& [name, member] : kTexts) {
        const auto value = json::Member(text, name);
        std::optional<std::string> read = value ? json::AsString(*value) : std::nullopt;
        if (!read) return Bad(name, "is missing or no text");
        claim.*member = *std::move(read);
    }
    const auto process = json::Member(text, "process");
    const auto number = process ? json::AsInteger(*process) : std::nullopt;
    if (!number) return Bad("process", "is missing or no whole number");
    claim.process = *number;
    const auto state = json::Member(text, "state");
    const auto said = state ? json::AsString(*state) : std::nullopt;
    if (said != kHere && said != kGone) return Bad("state", "is neither \"here\" nor \"gone\"");
    claim.gone = said == kGone;
    return claim;
}

}  // namespace flux::contract

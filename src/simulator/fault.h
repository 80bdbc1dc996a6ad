// What can go wrong on demand: one table, which the README prints.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flux::simulator {

enum class FaultKind : std::uint8_t {
    // Coinbase's feed.
    kDropSocket,
    kSlowConsume,
    kSilence,
    kMute,
    kGarbage,
    kHugeFrame,
    kUnknownType,
    kOutOfOrder,
    kDuplicate,
    kMissingSizes,
    kSequenceGap,
    kNoAck,
    kPartial,
    // No answer.
    kDown,
    kDropConnection,
    kHttpStall,
    // Late answers.
    kSlowHeader,
    kSlowBody,
    // Other answers.
    kHttp429,
    kHttp500,
    kHttp503,
    kHttp401,
    kHttp403,
    kHttp302,
    kHttpHtml,
    kPlainError,
    kThrottleObject,
    kEmptyBody,
    // Broken answers.
    kTruncatedJson,
    kCutBody,
    kWrongLength,
    kGzip,
    // Odd values in an answer that is else in order.
    kNulls,
    kMissingFields,
    kExponents,
    kInfiniteNumbers,
    kWrongTypes,
    kHtmlTexts,
    kHugeTexts,
    kBrokenRows,
    kMixedCod,
    kNoCity,
    kZeroQuote,
    kMarketClosed,
    kNullIcon,
    kNullNextPage,
    kPaidFields,
    kEmptyResults
};

/// One row of the table.
struct FaultEntry {
    FaultKind kind;
    std::string_view name;   ///< "http_429"
    std::string_view where;  ///< the one source that has it, "feed" for Coinbase's WebSocket feed,
                             ///< "any" for every source
    std::string_view sentence;  ///< what happens
};

/// All faults, in the order of FaultKind.
std::span<const FaultEntry> Faults();
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::kEmptyResults) + 1;

/// The table as Markdown: what the README shows and `flux simulator --faults` prints.
std::string FaultTable();

/// A fault as somebody asks for it. `count`, `duration` or `lasting` says how long it lasts.
struct Fault {
    std::string source = "coinbase";  ///< a source's name, or "all"
    FaultKind kind = FaultKind::kGarbage;
    std::uint32_t count = 1;
    Milliseconds duration{0};  ///< above 0: it lasts this long, however often
    bool lasting = false;      ///< until it is cleared
    std::string product;       ///< kMute, kPartial: which; "" = all, or the last one asked for
    std::string match;         ///< only requests whose path and query contain this text
    std::uint32_t after = 0;   ///< requests that pass before the first that meets it
    std::optional<int> retry_after;  ///< kHttp429, kHttp503: seconds the header names, if at all
    Milliseconds delay{11'000};      ///< kSlowHeader, kSlowBody: how late
};

/// "drop_socket", "http_429", ...
std::string_view ToString(FaultKind kind);

/// Reads `{"source":"finnhub","fault":"http_429","count":5,"retry_after":3}`; all but `fault` may
/// be absent: source coinbase, count 1, 10 seconds for silence and mute, lasting for down. Errors:
/// kBadInput naming the member, or the faults there are.
Result<Fault> ParseFault(std::string_view json);

}  // namespace flux::simulator

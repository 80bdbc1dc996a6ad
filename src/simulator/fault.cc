#include "simulator/fault.h"

#include "json/json_check.h"
#include "json/json_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace flux::simulator {
namespace {

constexpr std::size_t kRequestBytesMax = 4096;
constexpr std::int64_t kCountMax = 1'000'000;
constexpr double kSecondsMax = 3600;
constexpr Milliseconds kSilenceDefault{10'000};

constexpr std::array<FaultEntry, kFaultKinds> kFaults{{
    {FaultKind::kDropSocket,
     "drop_socket",
     "feed",
     "`count` sockets lose their TCP connection, without a goodbye"},
    {FaultKind::kSlowConsume,
     "slow_consume",
     "feed",
     "`count` sockets get the error ErrSlowConsume and are closed"},
    {FaultKind::kSilence, "silence", "feed", "nothing is sent on any socket for `seconds` (10)"},
    {FaultKind::kMute,
     "mute",
     "feed",
     "`product`, or every one, has neither ticker nor heartbeat for `seconds` (10)"},
    {FaultKind::kGarbage, "garbage", "feed", "tickers are preceded by something that is no frame"},
    {FaultKind::kHugeFrame, "huge_frame", "feed", "tickers are preceded by a message of 512 KiB"},
    {FaultKind::kUnknownType,
     "unknown_type",
     "feed",
     "tickers are preceded by a frame of an unknown type"},
    {FaultKind::kOutOfOrder, "out_of_order", "feed", "tickers are followed by an older one"},
    {FaultKind::kDuplicate, "duplicate", "feed", "tickers are sent twice"},
    {FaultKind::kMissingSizes, "missing_sizes", "feed", "tickers come without sizes"},
    {FaultKind::kSequenceGap, "sequence_gap", "feed", "all sequence numbers leap ahead, once"},
    {FaultKind::kNoAck, "no_ack", "feed", "subscribes are obeyed without an acknowledgement"},
    {FaultKind::kPartial,
     "partial",
     "feed",
     "subscribes lose `product`, or their last: an error, then an acknowledgement without it"},
    {FaultKind::kDown,
     "down",
     "any",
     "every connection is reset, and open sockets are dropped, until it is cleared"},
    {FaultKind::kDropConnection, "drop_connection", "any", "the connection is reset, unanswered"},
    {FaultKind::kHttpStall, "http_stall", "any", "there is no answer, ever"},
    {FaultKind::kSlowHeader, "slow_header", "any", "the answer begins after `delay` seconds (11)"},
    {FaultKind::kSlowBody,
     "slow_body",
     "any",
     "the body drips for `delay` seconds (11), its head is there at once"},
    {FaultKind::kHttp429,
     "http_429",
     "any",
     "too many requests, in the vendor's words; `retry_after` sets the header, else there is none"},
    {FaultKind::kHttp500, "http_500", "any", "an error of the server, in the vendor's words"},
    {FaultKind::kHttp503, "http_503", "any", "unavailable, as a page of the vendor's proxy"},
    {FaultKind::kHttp401, "http_401", "any", "the key is refused, in the vendor's words"},
    {FaultKind::kHttp403, "http_403", "any", "no access, in the vendor's words"},
    {FaultKind::kHttp302, "http_302", "any", "a redirect to a page"},
    {FaultKind::kHttpHtml,
     "http_html",
     "any",
     "a page with status 200 (not for a handshake of the feed)"},
    {FaultKind::kPlainError, "plain_error", "any", "an error as plain text, status 500"},
    {FaultKind::kThrottleObject,
     "throttle_object",
     "coingecko",
     "what belongs to 429, with status 200"},
    {FaultKind::kEmptyBody, "empty_body", "any", "status 200 and no body"},
    {FaultKind::kTruncatedJson,
     "truncated_json",
     "any",
     "half of the body, its length announced truly"},
    {FaultKind::kCutBody, "cut_body", "any", "the connection is reset in mid body"},
    {FaultKind::kWrongLength,
     "wrong_length",
     "any",
     "Content-Length announces more than comes; the connection closes in good order"},
    {FaultKind::kGzip, "gzip", "any", "the body is compressed, which nobody asked for"},
    {FaultKind::kNulls, "nulls", "any", "null in every field that may be null"},
    {FaultKind::kMissingFields, "missing_fields", "any", "every optional field is left out"},
    {FaultKind::kExponents, "exponents", "any", "every number is written with an exponent"},
    {FaultKind::kInfiniteNumbers, "infinite_numbers", "any", "every number is 1e400"},
    {FaultKind::kWrongTypes, "wrong_types", "any", "numbers are texts, texts are numbers"},
    {FaultKind::kHtmlTexts,
     "html_texts",
     "any",
     "texts that people read contain HTML and a script"},
    {FaultKind::kHugeTexts, "huge_texts", "any", "texts that people read have 100,000 characters"},
    {FaultKind::kBrokenRows,
     "broken_rows",
     "any",
     "every second item of a list is a number, null, a text or an empty object"},
    {FaultKind::kMixedCod,
     "mixed_cod",
     "openweather",
     "`cod` is a text where it is a number, and the other way round"},
    {FaultKind::kNoCity, "no_city", "openweather", "the place is not found"},
    {FaultKind::kZeroQuote, "zero_quote", "finnhub", "the quote of an unknown symbol: zeros"},
    {FaultKind::kMarketClosed,
     "market_closed",
     "finnhub",
     "the quote of the last close, again and again"},
    {FaultKind::kNullIcon, "null_icon", "newsdata", "`source_icon` is null in every article"},
    {FaultKind::kNullNextPage, "null_next_page", "newsdata", "`nextPage` is null"},
    {FaultKind::kPaidFields,
     "paid_fields",
     "newsdata",
     "fields of the paid plans are objects and lists, as they are there"},
    {FaultKind::kEmptyResults, "empty_results", "newsdata", "success, and no article"},
}};

static_assert(
    [] {
        for (std::size_t i = 0; i < kFaultKinds; ++i)
            if (static_cast<std::size_t>(kFaults[i].kind) != i) return false;
        return true;
    }(),
    "the table is in the order of FaultKind"
);

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

Result<FaultKind> ParseKind(std::string_view name) {
    std::vector<std::string_view> names;
    for (const FaultEntry& entry : kFaults) {
        if (entry.name == name) return entry.kind;
        names.push_back(entry.name);
    }
    return Bad(fmt::format("\"fault\" must be one of {}", fmt::join(names, ", ")));
}

Result<std::int64_t> Integer(std::string_view name, std::string_view value, std::int64_t most) {
    const auto number = json::AsInteger(value);
    if (number && *number >= 0 && *number <= most) return *number;
    return Bad(fmt::format("\"{}\" must be a whole number from 0 to {}", name, most));
}

Result<Milliseconds> Seconds(std::string_view name, std::string_view value) {
    double seconds = 0;
    const std::string_view text = json::TrimBlanks(value);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size() && seconds > 0 &&
        seconds <= kSecondsMax) {
        return Milliseconds(static_cast<std::int64_t>(seconds * 1000));
    }
    return Bad(fmt::format("\"{}\" must be a number of seconds above 0, up to 3600", name));
}

Result<std::string> Text(std::string_view name, std::string_view value) {
    auto text = json::AsString(value);
    if (text && !text->empty()) return std::move(*text);
    return Bad(fmt::format("\"{}\" must be a text, and not empty", name));
}

Result<void> ReadText(std::string_view name, std::string_view value, std::string& into) {
    auto text = Text(name, value);
    if (!text) return text.error();
    into = std::move(*text);
    return {};
}

Result<void> ReadMember(std::string_view name, std::string_view value, Fault& fault) {
    if (name == "source") return ReadText(name, value, fault.source);
    if (name == "product") return ReadText(name, value, fault.product);
    if (name == "match") return ReadText(name, value, fault.match);
    if (name == "fault") {
        const auto kind = ParseKind(json::AsString(value).value_or(""));
        if (!kind) return kind.error();
        fault.kind = *kind;
    } else if (name == "count" || name == "after") {
        const auto count = Integer(name, value, kCountMax);
        if (!count) return count.error();
        (name == "count" ? fault.count : fault.after) = static_cast<std::uint32_t>(*count);
    } else if (name == "seconds" || name == "delay") {
        const auto seconds = Seconds(name, value);
        if (!seconds) return seconds.error();
        (name == "seconds" ? fault.duration : fault.delay) = *seconds;
    } else if (name == "lasting") {
        const std::string_view word = json::TrimBlanks(value);
        if (word != "true" && word != "false") return Bad("\"lasting\" must be true or false");
        fault.lasting = word == "true";
    } else if (name == "retry_after") {
        const auto seconds = Integer(name, value, 86'400);
        if (!seconds) return seconds.error();
        fault.retry_after = static_cast<int>(*seconds);
    } else {
        return Bad(fmt::format(
            "there is no member \"{}\"; use source, fault, count, seconds, lasting, product, "
            "match, "
            "after, retry_after, delay",
            name.substr(0, 40)
        ));
    }
    return {};
}

}  // namespace

std::span<const FaultEntry> Faults() {
    return kFaults;
}

std::string FaultTable() {
    std::string table = "| fault | source | what happens |\n|---|---|---|\n";
    for (const FaultEntry& entry : kFaults)
        table += fmt::format("| `{}` | {} | {} |\n", entry.name, entry.where, entry.sentence);
    return table;
}

std::string_view ToString(FaultKind kind) {
    return kFaults[static_cast<std::size_t>(kind)].name;
}

Result<Fault> ParseFault(std::string_view json) {
    json::CheckLimits limits;
    limits.bytes_max = kRequestBytesMax;
    const Result<void> checked = json::Check(json, limits);
    if (!checked) return checked.error();
    if (!json::Member(json, "fault")) return ParseKind("").error();
    Fault fault;
    bool says_how_long = false;
    for (json::ObjectReader members(json); members.Next();) {
        const std::string name = members.name();
        const Result<void> read = ReadMember(name, members.value(), fault);
        if (!read) return read.error();
        says_how_long = says_how_long || name == "count" || name == "seconds" || name == "lasting";
    }
    const bool lasts = fault.kind == FaultKind::kSilence || fault.kind == FaultKind::kMute;
    if (lasts && fault.duration == Milliseconds(0)) fault.duration = kSilenceDefault;
    if (fault.kind == FaultKind::kDown && !says_how_long) fault.lasting = true;
    return fault;
}

}  // namespace flux::simulator

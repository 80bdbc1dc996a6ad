#include "feeds/stock/quote_batch.h"

#include "feeds/stock/quote.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "runtime/task_group.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

namespace flux::feeds {
namespace {

using contract::Failure;

constexpr Milliseconds kResetMax = std::chrono::hours(1);
constexpr Milliseconds kResetPassedMax = std::chrono::minutes(1);

bool ContainsNoCase(std::string_view text, std::string_view lower) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    };
    return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

/// X-Ratelimit-Reset, Unix seconds; nothing when it is absent or too far away to be meant. A time
/// that has just passed means now: clocks differ, and answers travel.
std::optional<WallMillis> ResetTime(const net::HttpReply& reply, WallMillis now) {
    const std::string_view text = reply.Header("X-Ratelimit-Reset");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    const bool meant = seconds >= (now - kResetPassedMax.count()) / 1000 &&
                       seconds <= (now + kResetMax.count()) / 1000;
    if (!meant) return std::nullopt;
    return std::max(seconds * 1000, now);
}

}  // namespace

std::optional<UpstreamError> JudgeFinnhub(const net::HttpReply& reply, WallMillis now) {
    if (reply.status == 200) {
        const bool object = json::Check(reply.body).has_value() &&
                            json::KindOf(json::TrimBlanks(reply.body)) == json::Kind::kObject;
        if (object) return std::nullopt;
        return RefusedAnswer(
            Failure::kBadData,
            "Finnhub gave an answer that cannot be used.",
            "the answer is no JSON object"
        );
    }
    if (reply.status == 403) {
        // Of one symbol, which the plan does not include; the source itself is well.
        return RefusedAnswer(
            Failure::kBadRequest,
            "Finnhub does not give every quote to this server's key.",
            "HTTP status 403"
        );
    }
    if (reply.status != 429) return std::nullopt;
    if (ContainsNoCase(reply.body, "sign up")) {
        return RefusedAnswer(
            Failure::kKeyRefused,
            "Finnhub refuses this server's key.",
            "HTTP status 429, and the advice to sign up"
        );
    }
    UpstreamError error = RefusedAnswer(
        Failure::kLimit, "Finnhub takes no more requests for now.", "HTTP status 429"
    );
    error.retry_at = ResetTime(reply, now);
    return error;
}

QuoteBatch::QuoteBatch(
    UpstreamClient& client,
    const StockOptions& options,
    const Clock& clock,
    StockStats& stats,
    Milliseconds spacing,
    std::function<void(const UpstreamError&)> limited
)
    : client_(client),
      options_(options),
      clock_(clock),
      stats_(stats),
      spacing_(spacing),
      limited_(std::move(limited)),
      give_up_at_(clock.Now() + options.batch_time_max),
      next_at_(clock.Now()) {}

Task<BatchOutcome> QuoteBatch::Run() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    for (const std::string& symbol : options_.symbols) {
        bool answered = false;
        if (!ended_) answered = co_await Ask(symbol);
        if (!answered) ++outcome_.failed;
    }
    stats_.quotes_failed.Add(outcome_.failed);
    co_return std::move(outcome_);
}

Task<bool> QuoteBatch::Ask(std::string symbol) {
    const std::string endpoint = "/quote?symbol=" + symbol;
    for (;;) {
        const Turn turn = co_await AwaitTurn();
        outcome_.cancelled = turn == Turn::kCancelled;
        ended_ = turn != Turn::kMine;
        if (ended_) co_return false;
        JudgeAnswer judge = [this](const net::HttpReply& reply) {
            return JudgeFinnhub(reply, clock_.WallNow());
        };
        const UpstreamClient::Answer answer = co_await client_.Get(endpoint, std::move(judge));
        next_at_ = std::max(next_at_ + spacing_, clock_.Now() + spacing_ / 2);
        if (const auto* const reply = std::get_if<net::HttpReply>(&answer)) {
            TakeReply(std::move(symbol), *reply);
            co_return true;
        }
        const auto& error = std::get<UpstreamError>(answer);
        outcome_.error = error;
        if (error.failure != Failure::kLimit) co_return false;
        limited_(error);
    }
}

/// Until the source may be asked again, as far as that is worth waiting for.
Task<QuoteBatch::Turn> QuoteBatch::AwaitTurn() {
    for (;;) {
        // A wait that begins after the cancellation would not hear of it.
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none) co_return Turn::kCancelled;
        const SteadyTime now = clock_.Now();
        SteadyTime at = next_at_;
        if (const auto why = client_.WhyNot()) {
            const bool passes = why->failure == Failure::kLimit && why->retry_at.has_value();
            if (!passes || why->reason == "circuit_open") {
                outcome_.error = why;
                co_return Turn::kNever;
            }
            at = std::max(at, now + Milliseconds(*why->retry_at - clock_.WallNow()));
            if (at >= give_up_at_) outcome_.error = why;
        } else if (at <= now) {
            co_return Turn::kMine;
        }
        if (at >= give_up_at_) co_return Turn::kNever;
        const Milliseconds wait =
            std::max(std::chrono::ceil<Milliseconds>(at - now), Milliseconds(1));
        const bool slept = co_await SleepFor(wait);
        if (!slept) co_return Turn::kCancelled;
    }
}

void QuoteBatch::TakeReply(std::string symbol, const net::HttpReply& reply) {
    auto read = ReadQuote(symbol, reply.body);
    if (auto* const row = std::get_if<contract::StockPerformance>(&read)) {
        stats_.quotes.Add();
        outcome_.rows.push_back(std::move(*row));
        return;
    }
    switch (std::get<QuoteFlaw>(read)) {
        case QuoteFlaw::kMalformed:
            stats_.quotes_malformed.Add();
            return;
        case QuoteFlaw::kNoPreviousClose:
            stats_.quotes_no_close.Add();
            return;
        case QuoteFlaw::kUnknownSymbol:
            stats_.quotes_unknown.Add();
            outcome_.unknown.push_back(std::move(symbol));
            return;
    }
}

}  // namespace flux::feeds

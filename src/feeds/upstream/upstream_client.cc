#include "feeds/upstream/upstream_client.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/units.h"
#include "feeds/upstream/query_value.h"
#include "feeds/upstream/retry_after.h"
#include "runtime/backoff.h"
#include "runtime/task_group.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace flux::feeds {
namespace {

using contract::Failure;

constexpr std::size_t kLongestKey = 512;
constexpr std::size_t kDetailBytesKept = 200;  // of a body in an error's detail
constexpr std::string_view kHidden = "***";
constexpr Milliseconds kLimitWaitMin{1'000};  // whoever says 429 is not asked again at once

bool IsVisible(char c) {
    return c > ' ' && c <= '~';
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

/// The beginning of a body as one line of visible characters.
std::string Beginning(std::string_view body) {
    std::string line(body.substr(0, kDetailBytesKept));
    for (char& c : line) {
        if (!IsVisible(c)) c = ' ';
    }
    return line;
}

/// Whether it counts for the breaker, and how.
bool IsFailure(Failure failure) {
    return failure == Failure::kSourceDown || failure == Failure::kKeyRefused ||
           failure == Failure::kBadData;
}

}  // namespace

Result<void> CheckKey(std::string_view setting, std::string_view key) {
    if (key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), IsVisible)) {
        return {};
    }
    return Error(
        ErrorCode::kBadInput,
        Retry::kNever,
        fmt::format(
            "{} is no key: it has to be at most {} visible ASCII characters without blanks; copy "
            "it again from where it was issued",
            setting,
            kLongestKey
        )
    );
}

UpstreamClient::UpstreamClient(
    UpstreamOptions options, const Clock& clock, Random& random, UpstreamStats& stats
)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      stats_(stats),
      breaker_(clock, options_.breaker),
      budget_(clock, options_.limits) {}

Task<UpstreamClient::Answer> UpstreamClient::Get(std::string endpoint, JudgeAnswer judge) {
    if (std::optional<UpstreamError> why = WhyNot()) {
        stats_.not_sent.Add();
        co_return *std::move(why);
    }
    /// Gives the pass back when the task is cancelled before it knows anything.
    struct Pass {
        explicit Pass(CircuitBreaker& of)
            : breaker(of) {
            const auto passed = breaker.TryPass();
            FLUX_ASSERT(passed);  // WhyNot has said so
            pass = *passed;
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        ~Pass() {
            if (!settled) breaker.Withdrawn(pass);
        }
        CircuitBreaker& breaker;
        CircuitBreaker::Pass pass;
        bool settled = false;
    };
    Pass pass(breaker_);
    Task<Answer> tries = TryUntilItPasses(std::move(endpoint), std::move(judge));
    Answer answer = co_await std::move(tries);
    pass.settled = true;
    Settle(pass.pass, answer);
    co_return answer;
}

Task<UpstreamClient::Answer> UpstreamClient::TryUntilItPasses(
    std::string endpoint, JudgeAnswer judge
) {
    Backoff backoff(options_.retry_first, options_.retry_longest, random_);
    for (int tried = 1;; ++tried) {
        Task<Outcome> exchange = Exchange(endpoint, judge);
        Outcome outcome = co_await std::move(exchange);
        const Milliseconds wait = std::max(backoff.Next(), outcome.asked_to_wait.value_or(0ms));
        // While the breaker is open this is the one call that tries: one exchange is enough.
        const bool again = outcome.may_pass && tried < options_.tries && !breaker_.open() &&
                           wait <= options_.retry_longest;
        if (!again) {
            KeepAway(outcome);
            co_return std::move(outcome.answer);
        }
        const bool slept = co_await SleepFor(wait);
        if (!slept || breaker_.open() || budget_.NextAt()) co_return std::move(outcome.answer);
    }
}

Task<UpstreamClient::Outcome> UpstreamClient::Exchange(std::string endpoint, JudgeAnswer judge) {
    /// The call is under way as long as this lives, also when the task is cancelled.
    struct UnderWay {
        explicit UnderWay(CallBudget& of)
            : budget(of) {
            const bool allowed = budget.TryBegin();
            FLUX_ASSERT(allowed);  // asked for just before
        }
        UnderWay(const UnderWay&) = delete;
        UnderWay& operator=(const UnderWay&) = delete;
        ~UnderWay() { budget.End(); }
        CallBudget& budget;
    };
    const UnderWay under_way(budget_);
    stats_.calls.Add();
    net::HttpGetRequest request = Request(endpoint);
    Result<net::HttpReply> reply = co_await net::HttpGet(std::move(request));
    if (reply) {
        const int status = reply->status;
        Outcome outcome = Judge(std::move(*reply), judge);
        CountResult(outcome.answer, status);
        co_return outcome;
    }
    stats_.failed.Add();
    Outcome outcome{Unreachable(reply.error()), reply.error().code == ErrorCode::kUnavailable, {}};
    co_return outcome;
}

UpstreamClient::Outcome UpstreamClient::Judge(net::HttpReply reply, const JudgeAnswer& judge) {
    const auto asked = ParseRetryAfter(reply.Header("Retry-After"), clock_.WallNow());
    if (reply.status != 200) reply.body = Hidden(std::move(reply.body));  // before it is cut short
    std::optional<UpstreamError> error = judge ? judge(reply) : std::nullopt;
    const bool worded = error.has_value();
    if (!worded && reply.status == 200) return Outcome{std::move(reply), false, {}};
    if (!worded) error = ByStatus(reply);
    const bool may_pass = reply.status >= 500 && error->failure == Failure::kSourceDown;
    return Outcome{Hidden(*std::move(error)), may_pass, asked};
}

UpstreamError UpstreamClient::ByStatus(const net::HttpReply& reply) const {
    UpstreamError error;
    error.reason = "api_error";
    error.detail = fmt::format("HTTP status {}: {}", reply.status, Beginning(reply.body));
    if (reply.status == 401 || reply.status == 403) {
        error.failure = Failure::kKeyRefused;
        error.message = fmt::format("{} refuses this server's key.", options_.name);
    } else if (reply.status == 429) {
        error.failure = Failure::kLimit;
        error.message = fmt::format("{} takes no more requests for now.", options_.name);
    } else if (reply.status >= 500) {
        error.failure = Failure::kSourceDown;
        error.message = fmt::format("{} is not available right now.", options_.name);
    } else {
        error.failure = Failure::kBadData;
        error.message = fmt::format("{} gave an answer that cannot be used.", options_.name);
    }
    return error;
}

UpstreamError UpstreamClient::Unreachable(const Error& error) const {
    UpstreamError told;
    told.failure = Failure::kSourceDown;
    told.reason = error.code == ErrorCode::kTimeout ? "timeout" : "api_error";
    told.message = fmt::format("{} cannot be reached right now.", options_.name);
    if (error.code == ErrorCode::kClosed) {
        told.failure = Failure::kInternal;
        told.message = "This server is stopping.";
    } else if (error.code == ErrorCode::kTooLarge || error.code == ErrorCode::kBadInput) {
        told.failure = Failure::kBadData;
        told.message = fmt::format("{} gave an answer that cannot be used.", options_.name);
    }
    told.detail = error.context;
    return Hidden(std::move(told));
}

/// Closes the budget where the source asked for it, and says until when.
void UpstreamClient::KeepAway(Outcome& outcome) {
    auto* const error = std::get_if<UpstreamError>(&outcome.answer);
    if (error == nullptr) return;
    const bool limited = error->failure == Failure::kLimit;
    std::optional<Milliseconds> wait = outcome.asked_to_wait;
    if (!wait && limited) {
        wait = error->retry_at ? Milliseconds(*error->retry_at - clock_.WallNow())
                               : options_.limit_wait;
    }
    if (limited) wait = std::max(*wait, kLimitWaitMin);
    if (!wait || *wait <= 0ms) return;
    const SteadyTime until = clock_.Now() + *wait;
    budget_.CloseUntil(until);
    error->retry_at = WallAt(until);
    if (!limited || clock_.Now() < limited_until_) return;
    limited_until_ = until;
    log::Warn(
        "upstream.limited",
        "an outside source takes no more requests for now; it is left alone until then",
        {{"source", options_.name}, {"detail", error->detail}, {"wait_ms", wait->count()}}
    );
}

/// Tells the breaker how a call ended.
void UpstreamClient::Settle(CircuitBreaker::Pass pass, const Answer& answer) {
    const auto* const error = std::get_if<UpstreamError>(&answer);
    if (error != nullptr &&
        (error->failure == Failure::kLimit || error->failure == Failure::kInternal)) {
        breaker_.Withdrawn(pass);
        return;
    }
    const bool was_open = breaker_.open();
    if (error == nullptr || !IsFailure(error->failure)) {
        breaker_.Succeeded(pass);
        if (was_open && !breaker_.open()) {
            log::Info(
                "upstream.back", "an outside source answers again", {{"source", options_.name}}
            );
        }
        return;
    }
    const auto before = breaker_.OpenUntil();
    breaker_.Failed(pass);
    last_failure_ = *error;
    if (!breaker_.open() || breaker_.OpenUntil() == before) return;
    stats_.breaker_opened.Add();
    if (was_open) return;  // told when it opened first
    log::Warn(
        "upstream.left_alone",
        "an outside source failed several times in a row; it is left alone for a while, then "
        "tried with one call",
        {{"source", options_.name},
         {"detail", error->detail},
         {"cooldown_ms", options_.breaker.cooldown.count()}}
    );
}

std::optional<UpstreamError> UpstreamClient::WhyNot(std::size_t calls) const {
    UpstreamError error;
    if (options_.needs_key && options_.key.empty()) {
        error.failure = Failure::kNoKey;
        error.reason = "api_error";
        error.message = fmt::format("{} needs a key, and this server has none.", options_.name);
        error.detail = "there is no key";
        return error;
    }
    if (const auto until = breaker_.OpenUntil()) {
        error = last_failure_;
        error.reason = "circuit_open";
        error.retry_at.reset();
        if (*until > clock_.Now()) error.retry_at = WallAt(*until);
        return error;
    }
    if (const auto next = budget_.NextAt(calls)) {
        error.failure = Failure::kLimit;
        error.reason = "api_error";
        error.message = fmt::format("{} was asked as often as it allows for now.", options_.name);
        error.detail = "the call budget is used up";
        error.retry_at = WallAt(*next);
        return error;
    }
    return std::nullopt;
}

void UpstreamClient::CountResult(const Answer& answer, int status) {
    const auto* const error = std::get_if<UpstreamError>(&answer);
    if (status == 429 || (error != nullptr && error->failure == Failure::kLimit)) {
        stats_.limited.Add();
    } else if (error == nullptr || !IsFailure(error->failure)) {
        stats_.succeeded.Add();
    } else {
        stats_.failed.Add();
    }
}

/// The one place where the key is put into anything that leaves this object.
net::HttpGetRequest UpstreamClient::Request(const std::string& endpoint) const {
    net::HttpGetRequest request;
    request.base = options_.base;
    request.endpoint = endpoint;
    request.user_agent = options_.user_agent;
    request.trust = options_.trust;
    request.time_max = options_.time_max;
    request.body_bytes_max = options_.body_bytes_max;
    if (options_.key.empty()) return request;
    if (!options_.key_parameter.empty()) {
        request.endpoint += endpoint.find('?') == std::string::npos ? '?' : '&';
        request.endpoint += options_.key_parameter + "=" + QueryValue(options_.key);
    } else if (!options_.key_header.empty()) {
        request.headers.emplace_back(options_.key_header, options_.key);
    }
    return request;
}

/// `text` without the key: a source may well repeat it in what it answers.
std::string UpstreamClient::Hidden(std::string text) const {
    if (options_.key.empty()) return text;
    ReplaceAll(text, options_.key, kHidden);
    ReplaceAll(text, QueryValue(options_.key), kHidden);
    return text;
}

UpstreamError UpstreamClient::Hidden(UpstreamError error) const {
    error.message = Hidden(std::move(error.message));
    error.detail = Hidden(std::move(error.detail));
    return error;
}

WallMillis UpstreamClient::WallAt(SteadyTime time) const {
    const auto left = std::chrono::ceil<Milliseconds>(time - clock_.Now());
    return clock_.WallNow() + left.count();
}

}  // namespace flux::feeds

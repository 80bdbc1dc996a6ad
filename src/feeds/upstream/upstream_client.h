// One outside HTTP source: its key, its limits, its moods.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/units.h"
#include "feeds/upstream/call_budget.h"
#include "feeds/upstream/circuit_breaker.h"
#include "feeds/upstream/upstream_error.h"
#include "feeds/upstream/upstream_stats.h"
#include "net/client/http_client.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/task.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flux::feeds {

struct UpstreamOptions {
    std::string name;  ///< for logs and people: "OpenWeatherMap"
    net::Url base;     ///< scheme, host, port and path prefix of every request
    std::string user_agent;
    std::string key;            ///< "" where the source needs none, or there is none
    bool needs_key = false;     ///< without a key nothing is asked, and the answer is kNoKey
    std::string key_parameter;  ///< the query parameter of the key ("appid"); "": see key_header
    std::string key_header;     ///< the header of the key; used when there is no key_parameter
    std::shared_ptr<const net::TlsTrust> trust;
    Milliseconds time_max{10'000};  ///< for one exchange
    std::size_t body_bytes_max = 1 * MiB;
    int tries = 2;  ///< exchanges per call, for failures that may pass (5xx, lost connections)
    Milliseconds retry_first{
        500};  ///< before the second try, with jitter; Retry-After counts where it is longer
    Milliseconds retry_longest{5'000};
    Milliseconds limit_wait{60'000};  ///< after a 429 that does not say how long to wait
    BreakerOptions breaker;         ///< 3 failures in a row open it for 60 s, then one call may try
    std::vector<CallLimit> limits;  ///< each holds: {calls, per}; asked of a sliding window
};

/// Whether `key` (as `setting` gives it) can be sent: "" or visible ASCII, at most 512 characters.
/// Errors: kBadInput naming the setting, never the key. Thread: any.
Result<void> CheckKey(std::string_view setting, std::string_view key);

/// What an answer means beyond its HTTP status; sources differ. Told status, headers and body;
/// nothing: it is fine.
using JudgeAnswer = std::function<std::optional<UpstreamError>(const net::HttpReply&)>;

/// GETs one source. A call first asks the key, the breaker and the budget, and ends at once when
/// one of them says no. Retry-After and 429 close the budget until then. Adds the key to the
/// request and nowhere else. Thread: its shard's. Bounded by its callers: each call is one request.
///
/// What counts for the breaker is the call, not its tries: kSourceDown, kKeyRefused and kBadData
/// are failures, kLimit and kInternal (cancelled) say nothing, and with any other error the source
/// has answered.
class UpstreamClient {
public:
    using Answer = std::variant<net::HttpReply, UpstreamError>;

    /// References outlive the client.
    UpstreamClient(
        UpstreamOptions options, const Clock& clock, Random& random, UpstreamStats& stats
    );

    /// `endpoint` begins with "/" and may carry a query. `judge` (may be empty) turns a 200 that is
    /// none into an error, and words other statuses; without it 401 and 403 are kKeyRefused, 429
    /// kLimit, 5xx kSourceDown, others kBadData. Tried again: 5xx (but for what a judge made of
    /// it) and lost connections; not what took too long, because its asker has waited enough.
    Task<Answer> Get(std::string endpoint, JudgeAnswer judge = {});

    /// Whether `calls` calls now would be sent; else why not, and when they would. Takes nothing.
    std::optional<UpstreamError> WhyNot(std::size_t calls = 1) const;

    const UpstreamOptions& options() const { return options_; }

private:
    /// How one exchange ended, and what to do about it.
    struct Outcome {
        Answer answer;
        bool may_pass = false;  ///< worth another try
        std::optional<Milliseconds> asked_to_wait;
    };

    Task<Answer> TryUntilItPasses(std::string endpoint, JudgeAnswer judge);
    Task<Outcome> Exchange(std::string endpoint, JudgeAnswer judge);
    Outcome Judge(net::HttpReply reply, const JudgeAnswer& judge);
    UpstreamError ByStatus(const net::HttpReply& reply) const;
    UpstreamError Unreachable(const Error& error) const;
    void Settle(CircuitBreaker::Pass pass, const Answer& answer);
    void KeepAway(Outcome& outcome);
    void CountResult(const Answer& answer, int status);

    net::HttpGetRequest Request(const std::string& endpoint) const;
    std::string Hidden(std::string text) const;
    UpstreamError Hidden(UpstreamError error) const;
    WallMillis WallAt(SteadyTime time) const;

    const UpstreamOptions options_;
    const Clock& clock_;
    Random& random_;
    UpstreamStats& stats_;
    CircuitBreaker breaker_;
    CallBudget budget_;
    UpstreamError last_failure_;  // why the breaker is open
    SteadyTime limited_until_ = SteadyTime::min();
};

}  // namespace flux::feeds

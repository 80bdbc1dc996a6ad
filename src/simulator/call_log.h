// Who called a source, when, and how it went.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "net/http.h"
#include "simulator/json_text.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace flux::simulator {

/// Counts of one source. Bounded: the last hour by minutes, the last 64 requests, 32 endpoints.
/// Thread: one at a time; counters may be read by any.
class CallLog {
public:
    explicit CallLog(const Clock& clock)
        : clock_(clock) {}

    /// A request has come. `endpoint` is what it asks for, without its query.
    void Add(const net::HttpRequest& request, std::string_view endpoint);

    /// How it was answered; 0 for no answer.
    void Answered(int status);

    /// A fault met it.
    void Faulted() { faulted_.Add(); }

    const Counter& calls() const { return calls_; }
    const Counter& refused() const { return refused_; }  ///< answered 429
    const Counter& faulted() const { return faulted_; }

    /// The most calls within any 60 seconds so far.
    std::uint64_t busiest_minute() const { return busiest_minute_; }

    /// Members `calls`, `refused`, `faulted`, `busiest_minute`, `statuses`, `endpoints` and
    /// `minutes` of the object that `json` has open.
    void Append(JsonText& json) const;

    /// The last requests with target and headers, oldest first; values of keys are "(key)".
    std::string RequestsJson() const;

private:
    struct Minute {
        std::int64_t number;  // minutes since the epoch
        std::uint64_t calls;
        std::uint64_t refused;
    };
    void CountMinute(SteadyTime now);

    const Clock& clock_;
    Counter calls_;
    Counter refused_;
    Counter faulted_;
    std::uint64_t busiest_minute_ = 0;
    std::deque<SteadyTime> last_minute_;
    std::deque<Minute> minutes_;
    std::map<int, std::uint64_t> statuses_;
    std::map<std::string, std::uint64_t, std::less<>> endpoints_;
    std::deque<std::string> requests_;
};

}  // namespace flux::simulator

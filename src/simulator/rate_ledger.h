// How often an account may call, and how often it did.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "simulator/json_text.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// `most` calls in any stretch of `per`, as a vendor states it. 0: no limit.
struct RateRule {
    std::string_view name;  ///< "minute"
    std::uint64_t most = 0;
    Milliseconds per{0};
    std::string_view accounts = {};  ///< only accounts whose name begins so
};

/// The calls of one account under one rule. Windows of a quarter of an hour and less slide: they
/// hold each call's time. Longer ones begin with their first call. Thread: one at a time.
class RateWindow {
public:
    bool sliding(const RateRule& rule) const { return rule.per <= std::chrono::minutes(15); }

    /// Calls that count now.
    std::uint64_t Used(const RateRule& rule, SteadyTime now);
    void Add(const RateRule& rule, SteadyTime now);

    /// When the oldest call stops counting; `now` when none counts.
    SteadyTime FreeAt(const RateRule& rule, SteadyTime now);

private:
    std::deque<SteadyTime> calls_;
    SteadyTime began_;
    std::uint64_t count_ = 0;
};

/// The limits of one source, per account (a key, or an address where there is none). Each rule may
/// be changed; what the vendor's own figure would have refused is counted all the same. A call may
/// come a tenth of a second early: the way it took is nobody's fault. Thread: one at a time.
class RateLedger {
public:
    /// `refused_count`: a refused call counts like any other.
    RateLedger(const Clock& clock, const std::vector<RateRule>& rules, bool refused_count = false);

    /// Why a call is refused.
    struct Refusal {
        std::string_view rule;
        Milliseconds wait{0};  ///< until it would not be
    };

    /// Takes one call of `account`, or says why not.
    std::optional<Refusal> Take(std::string_view account);

    /// What is left to `account` under a rule, and in how many milliseconds its window is free.
    struct Rest {
        std::uint64_t most = 0;
        std::uint64_t left = 0;
        Milliseconds until_free{0};
    };
    Rest RestOf(std::string_view account, std::string_view rule);

    /// Another figure for a rule; 0 for none. Errors: kNotFound naming the rules there are,
    /// kBadInput above 100,000 (of a rule that slides).
    Result<void> SetMost(std::string_view rule, std::uint64_t most);

    /// `[{"rule":"minute","seconds":60,"most":60,"vendor":60,"refused":0,"vendor_would_refuse":0}]`
    void Append(JsonText& json) const;

private:
    struct Limit {
        RateRule rule;
        std::uint64_t vendor_most;
        std::uint64_t refused = 0;
        std::uint64_t vendor_would_refuse = 0;
    };
    struct Account {
        std::vector<RateWindow> windows;
        std::vector<RateWindow> vendor_windows;
        SteadyTime seen;
    };
    Account& Find(std::string_view account);

    const Clock& clock_;
    const bool refused_count_;
    std::vector<Limit> limits_;
    std::map<std::string, Account, std::less<>> accounts_;
};

}  // namespace flux::simulator

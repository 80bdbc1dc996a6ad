// How often one address may come.
#pragma once

#include "base/clock.h"
#include "net/address.h"

#include <cstddef>
#include <map>

namespace flux::simulator {

/// The exchange's limit per address: `per_second` requests, with bursts of `burst`. It knows 1024
/// addresses; when more come at once, those that have been quiet are forgotten first, and if none
/// has, the new one is refused. Thread: one at a time.
class RequestBudget {
public:
    RequestBudget(const Clock& clock, double per_second, double burst)
        : clock_(clock),
          per_second_(per_second),
          burst_(burst) {}

    /// Whether this address may make one more request now.
    bool Take(const net::IpAddress& address);

private:
    struct Bucket {
        double tokens;
        SteadyTime filled;
    };
    double TokensNow(const Bucket& bucket) const;
    void ForgetTheQuiet();

    const Clock& clock_;
    const double per_second_;
    const double burst_;
    std::map<net::IpAddress, Bucket> buckets_;
};

}  // namespace flux::simulator

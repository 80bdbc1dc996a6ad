// Keeps two gateways of one fleet from using one id. They meet on the event bus alone.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"
#include "bus/event_bus.h"
#include "contract/gateway_claim.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flux::gateway {

/// How a fleet watches its ids.
struct IdClaimTimes {
    Milliseconds beat{2'000};     ///< between two records of one gateway
    Milliseconds silence{7'000};  ///< who says nothing for so long has ended
    Milliseconds echo{10'000};    ///< its own record is back within this, or nothing is checked
    Milliseconds memory{60'000};  ///< older records are of no interest, whoever wrote them
};

/// Every gateway says again and again on the topic `flux.gateways` that it uses its id. The order
/// of the log decides: of two claims the earlier one holds, as long as its owner is heard.
///
///   IdClaim claim(shard, bus, ClaimOfThisProcess('a'), {}, metrics);
///   co_await claim.Take(abandoned);   // before the first session
///   co_await claim.Release();
///
/// A process that ended without a word holds its id for `silence` more (`gateway.id_waits` in the
/// log); on the same machine it is seen at once that it is gone (`gateway.id_inherited`). A gateway
/// that was stopped or cut off for longer than that may find its id in use when it is back: both
/// say so in their logs and in `gateway_id_conflict`, and go on.
///
/// It fails open: where the topic cannot be had, the start goes on with a warning. Thread: its
/// shard's. Destroyed after Release.
class IdClaim {
public:
    IdClaim(
        Shard& shard,
        bus::EventBus& bus,
        contract::GatewayClaim self,
        IdClaimTimes times,
        MetricRegistry& metrics
    );
    IdClaim(const IdClaim&) = delete;
    IdClaim& operator=(const IdClaim&) = delete;
    ~IdClaim();

    /// Returns once the id is this gateway's. A topic that cannot be had yet is tried again as
    /// `patience` says. Errors: kConflict, naming the owner and what to do; kClosed (abandoned).
    Task<Result<void>> Take(std::function<bool()> abandoned, Patience patience = Patience());

    /// Tells the others, waiting for the bus a second at most. Idempotent.
    Task<> Release();

private:
    struct Other {
        contract::GatewayClaim claim;
        bus::Offset first;
        bus::Offset last;
        SteadyTime since;  // when it was first heard
        SteadyTime heard;
        bool told = false;  // that it uses this id as well
    };
    /// What a record under way still needs when this object is gone.
    struct Sending {
        bool busy = false;
    };

    Task<Result<void>> Listen();
    Task<> LookBack();
    Task<Result<void>> Await(const std::function<bool()>& abandoned);
    void SayInherited() const;
    void SayWaits(const Other& rival) const;
    Task<Result<void>> Handle(const std::vector<bus::Message>& batch);
    void Hear(const bus::Message& message, bool live);
    Task<> Beat();
    void Say(bool gone);
    const Other* Rival(bool heard_since) const;
    Error Taken(const Other& other) const;
    void Judge();
    void FailOpen(const Error& error) const;

    Shard& shard_;
    bus::EventBus& bus_;
    const contract::GatewayClaim self_;
    const IdClaimTimes times_;
    std::map<std::string, Other> others_;  // by instance
    std::optional<bus::Offset> claimed_;   // this gateway's first record, once it came back
    bool said_ = false;
    bool taken_ = false;
    bool released_ = false;
    Gauge conflict_;
    std::shared_ptr<Sending> sending_;
    TaskGroup tasks_;
    std::unique_ptr<bus::Subscription> subscription_;
    MetricRegistry::Registration registration_;  // last: what it reads goes after it
};

}  // namespace flux::gateway

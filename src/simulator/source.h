// One simulated source, and what all of them have in common.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "simulator/answer.h"
#include "simulator/body_twist.h"
#include "simulator/call_log.h"
#include "simulator/fault_board.h"
#include "simulator/json_text.h"
#include "simulator/key_ring.h"
#include "simulator/rate_ledger.h"
#include "simulator/recorded_bodies.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// What every source is given. All outlive it.
struct World {
    const Clock& clock;
    std::uint64_t seed = 1;
    const KeyRing& keys;
    RecordedBodies* recorded = nullptr;  ///< may be null
};

/// A request is counted, meets the faults, is admitted (key, limits), answered (from a recording
/// where there is one) and delivered, whole or not. Thread: one at a time.
class Source {
public:
    /// `name` is a source's name in faults and on /metrics; `prefix` is where it is mounted, "" for
    /// the root.
    Source(
        const World& world,
        std::string name,
        std::string prefix,
        std::vector<RateRule> rules,
        bool refused_count = false
    );
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source();

    /// Answers a request below the prefix.
    virtual void Handle(net::HttpConnection& connection, const net::HttpRequest& request);

    /// Puts a fault up.
    virtual void Inject(const Fault& fault) { faults_.Set(fault); }

    /// What the source's state has of its own: further members of the open object.
    virtual void AppendState(JsonText&) const {}

    const std::string& name() const { return name_; }
    const std::string& prefix() const { return prefix_; }
    FaultBoard& faults() { return faults_; }
    const FaultBoard& faults() const { return faults_; }
    const CallLog& log() const { return log_; }
    RateLedger& limits() { return limits_; }
    const RateLedger& limits() const { return limits_; }

protected:
    /// The vendor's words for a request that is not served: 401, 403, 404, 429, 500 and others.
    /// `retry_after`: seconds for a header, where there is to be one.
    virtual Answer Refusal(int status, std::optional<int> retry_after) = 0;

    /// Why a request is not served (key, limits), or nothing.
    virtual std::optional<Answer> Admit(const Ask& ask) = 0;

    /// The answer to a request that is.
    virtual Answer Serve(const Ask& ask) = 0;

    /// What every answer to an admitted request carries, and the faults that only this source has.
    virtual void Finish(const Ask&, Answer&) {}

    virtual const BodyShape& shape() const = 0;

    /// The answer of another status that a fault gives instead of the true one, or nothing.
    std::optional<Answer> FaultyStatus(std::string_view target);

    /// Ends or stalls the connection when a fault says so.
    bool MeetsConnectionFault(net::HttpConnection& connection, std::string_view target);

    const World& world() const { return world_; }
    CallLog& mutable_log() { return log_; }

private:
    /// As FaultyStatus: a page, a plain text, nothing.
    std::optional<Answer> FaultyPage(std::string_view target);
    Answer AnswerTo(const Ask& ask);
    void TwistValues(std::string_view target, Answer& answer);
    void Deliver(net::HttpConnection& connection, std::string_view target, Answer answer);

    const World world_;
    const std::string name_;
    const std::string prefix_;
    FaultBoard faults_;
    CallLog log_;
    RateLedger limits_;
};

}  // namespace flux::simulator

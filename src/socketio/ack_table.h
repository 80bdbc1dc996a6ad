// The acknowledgements a socket waits for.
#pragma once

#include "limits/limits.h"
#include "runtime/timer_wheel.h"
#include "socketio/socketio_server.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace flux::socketio {

/// Each handler is called exactly once: by Resolve, by its timeout or by FailAll. A handler may add
/// and resolve others, and may end its socket. Thread: its shard's.
class AckTable {
public:
    /// Acknowledgements one client may owe.

    explicit AckTable(TimerWheel& timers)
        : timers_(timers) {}
    AckTable(const AckTable&) = delete;
    AckTable& operator=(const AckTable&) = delete;

    bool full() const { return pending_.size() >= limits::kAcksPendingMax; }

    /// The id to send. Must not be full().
    std::uint64_t Add(AckHandler handler, SteadyTime deadline);

    /// The client answered; an id that nobody waits for (any more) is ignored.
    void Resolve(
        std::uint64_t id, std::vector<std::string> arguments, std::vector<std::string> attachments
    );

    /// Fails all with kClosed.
    void FailAll();

private:
    class Pending final : public WheelTimer {
    public:
        Pending(AckTable& table, std::uint64_t id, AckHandler handler)
            : table_(table),
              id_(id),
              handler_(std::move(handler)) {}
        void Call(
            Result<std::vector<std::string>> arguments, std::vector<std::string> attachments
        ) {
            handler_(std::move(arguments), std::move(attachments));
        }

    private:
        void OnDeadline() override { table_.Fail(id_, ErrorCode::kTimeout); }
        AckTable& table_;
        const std::uint64_t id_;
        AckHandler handler_;
    };

    std::unique_ptr<Pending> Take(std::uint64_t id);
    void Fail(std::uint64_t id, ErrorCode code);

    TimerWheel& timers_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Pending>> pending_;
    std::uint64_t next_id_ = 0;
};

}  // namespace flux::socketio

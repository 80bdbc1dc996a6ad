// A connection whose last answer is written byte by byte.
#pragma once

#include "net/connection.h"
#include "net/connection_budget.h"
#include "net/http.h"
#include "net/stream.h"
#include "runtime/timer_wheel.h"

#include <cstddef>
#include <cstdint>

namespace flux::net {

/// Writes the steps of a WireScript and ends; nothing more is read. A peer that leaves, or takes
/// nothing for 20 s, ends it sooner. Thread: its shard's.
class ScriptedSession final : public Connection {
public:
    ScriptedSession(
        NetShard& home, Stream stream, ConnectionBudget::Ticket ticket, WireScript script
    );

    /// Takes the socket over from the HTTP session that the poller knows it by.
    static void Begin(
        NetShard& home, Stream stream, ConnectionBudget::Ticket ticket, WireScript script
    );

    void OnPoll(std::uint32_t events) override;
    void Abandon() override { End(); }

private:
    void Start();
    void Play();
    void OnDue();
    bool WriteStep();
    void Watch(std::uint32_t events);
    void Finish();
    void End();

    NetShard& home_;
    Stream stream_;
    ConnectionBudget::Ticket ticket_;
    const WireScript script_;
    std::size_t step_ = 0;
    std::size_t sent_ = 0;  // of the step's bytes
    bool paused_ = false;   // the step's pause is over, or runs
    bool ended_ = false;
    std::uint32_t watched_ = 0;
    MemberTimer<ScriptedSession, &ScriptedSession::OnDue> due_{*this};
};

}  // namespace flux::net

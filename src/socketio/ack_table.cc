#include "socketio/ack_table.h"

#include "base/assert.h"

#include <utility>

namespace flux::socketio {

std::uint64_t AckTable::Add(AckHandler handler, SteadyTime deadline) {
    FLUX_ASSERT(!full());
    const std::uint64_t id = next_id_++;
    auto pending = std::make_unique<Pending>(*this, id, std::move(handler));
    timers_.Arm(*pending, deadline);
    pending_.emplace(id, std::move(pending));
    return id;
}

std::unique_ptr<AckTable::Pending> AckTable::Take(std::uint64_t id) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) return nullptr;
    std::unique_ptr<Pending> pending = std::move(found->second);
    pending_.erase(found);
    return pending;
}

void AckTable::Resolve(
    std::uint64_t id, std::vector<std::string> arguments, std::vector<std::string> attachments
) {
    // Out of the table first: the handler may do anything to it.
    if (const std::unique_ptr<Pending> pending = Take(id)) {
        pending->Call(std::move(arguments), std::move(attachments));
    }
}

void AckTable::Fail(std::uint64_t id, ErrorCode code) {
    if (const std::unique_ptr<Pending> pending = Take(id)) {
        const bool timeout = code == ErrorCode::kTimeout;
        pending->Call(
            Error{
                code,
                timeout ? Retry::kLater : Retry::kNever,
                timeout ? "the client did not acknowledge the event in time"
                        : "the client left before it acknowledged the event"},
            {}
        );
    }
}

void AckTable::FailAll() {
    while (!pending_.empty())
        Fail(pending_.begin()->first, ErrorCode::kClosed);
}

}  // namespace flux::socketio

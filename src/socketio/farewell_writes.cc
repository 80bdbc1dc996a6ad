#include "socketio/farewell_writes.h"

#include <utility>

namespace flux::socketio {

FarewellWrites::FarewellWrites(
    Shard& shard,
    std::shared_ptr<SessionArchive> archive,
    std::function<void(SteadyTime due)> wake,
    std::chrono::seconds ttl,
    std::size_t writes_max,
    std::size_t bytes_max,
    RecoveryStats& stats
)
    : shard_(shard),
      archive_(std::move(archive)),
      wake_(std::move(wake)),
      ttl_(ttl),
      writes_max_(writes_max),
      bytes_max_(bytes_max),
      stats_(stats),
      alive_(std::make_shared<FarewellWrites*>(this)) {}

std::size_t FarewellWrites::WeightOf(const Farewell& farewell) {
    return sizeof(Farewell) + farewell.pid.size() + farewell.text.size();
}

bool FarewellWrites::Put(const Shared& farewell) {
    auto done = [alive = std::weak_ptr(alive_), farewell](bool stored) {
        const auto self = alive.lock();
        if (!stored && self) (*self)->OnLost(farewell);
    };
    if (!archive_->Put(farewell->pid, farewell->text, ttl_, std::move(done))) return false;
    stats_.archived.Add();
    return true;
}

void FarewellWrites::Add(std::string pid, std::string text) {
    if (archive_ == nullptr) return;
    auto farewell = std::make_shared<const Farewell>(Farewell{std::move(pid), std::move(text)});
    // What waits is older, and the archive took none of it.
    if (waiting_.empty() && Put(farewell)) return;
    stats_.archive_dropped.Add();
    if (waiting_.empty()) due_ = shard_.clock().Now();
    Wait(std::move(farewell));
}

void FarewellWrites::OnLost(Shared farewell) {
    stats_.archive_lost.Add();
    due_ = shard_.clock().Now() + kArchiveLostPause;
    Wait(std::move(farewell));
}

void FarewellWrites::Wait(Shared farewell) {
    bytes_ += WeightOf(*farewell);
    waiting_.push_back(std::move(farewell));
    while (waiting_.size() > writes_max_ || bytes_ > bytes_max_) {
        bytes_ -= WeightOf(*waiting_.front());
        waiting_.pop_front();
        stats_.archive_given_up.Add();
    }
    wake_(due_);
}

bool FarewellWrites::Write(std::size_t& steps) {
    if (waiting_.empty()) return true;
    if (due_ > shard_.clock().Now()) {
        wake_(due_);
        return true;
    }
    while (steps > 0 && !waiting_.empty() && Put(waiting_.front())) {
        bytes_ -= WeightOf(*waiting_.front());
        waiting_.pop_front();
        --steps;
    }
    return waiting_.empty();
}

}  // namespace flux::socketio

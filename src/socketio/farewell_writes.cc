#include "socketio/farewell_writes.h"

#include <utility>

namespace flux::socketio {

FarewellWrites::FarewellWrites(
    std::shared_ptr<SessionArchive> archive,
    std::chrono::seconds ttl,
    std::size_t writes_max,
    std::size_t bytes_max,
    RecoveryStats& stats
)
    : archive_(std::move(archive)),
      ttl_(ttl),
      writes_max_(writes_max),
      bytes_max_(bytes_max),
      stats_(stats) {}

std::size_t FarewellWrites::WeightOf(const Farewell& farewell) {
    return sizeof(Farewell) + farewell.pid.size() + farewell.text.size();
}

bool FarewellWrites::Put(const Farewell& farewell) {
    if (!archive_->Put(farewell.pid, farewell.text, ttl_)) return false;
    stats_.archived.Add();
    return true;
}

void FarewellWrites::Add(std::string pid, std::string text) {
    if (archive_ == nullptr) return;
    Farewell farewell{std::move(pid), std::move(text)};
    // What waits is older, and the archive took none of it.
    if (waiting_.empty() && Put(farewell)) return;
    stats_.archive_dropped.Add();
    bytes_ += WeightOf(farewell);
    waiting_.push_back(std::move(farewell));
    while (waiting_.size() > writes_max_ || bytes_ > bytes_max_) {
        bytes_ -= WeightOf(waiting_.front());
        waiting_.pop_front();
        stats_.archive_given_up.Add();
    }
}

bool FarewellWrites::Write(std::size_t& steps) {
    while (steps > 0 && !waiting_.empty() && Put(waiting_.front())) {
        bytes_ -= WeightOf(waiting_.front());
        waiting_.pop_front();
        --steps;
    }
    return waiting_.empty();
}

}  // namespace flux::socketio

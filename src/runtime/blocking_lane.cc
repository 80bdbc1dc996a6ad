#include "runtime/blocking_lane.h"

#include <pthread.h>

namespace flux {

BlockingLane::BlockingLane(std::string name, std::size_t jobs_max)
    : jobs_max_(jobs_max) {
    thread_ = std::thread([this, name = std::move(name)] {
        ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
        Loop();
    });
}

BlockingLane::~BlockingLane() {
    Close();
    thread_.join();
}

bool BlockingLane::TryPost(UniqueFunction<void()> job) {
    {
        const std::scoped_lock lock(mutex_);
        if (closed_ || jobs_.size() >= jobs_max_) return false;
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
}

void BlockingLane::PostReserved(UniqueFunction<void()> job) {
    {
        const std::scoped_lock lock(mutex_);
        FLUX_ASSERT(!closed_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void BlockingLane::Close() {
    {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
    }
    changed_.notify_one();
}

Error BlockingLane::Refusal() {
    const std::scoped_lock lock(mutex_);
    if (closed_) return Error(ErrorCode::kClosed, Retry::kNever, "the lane is shutting down");
    return Error(ErrorCode::kFull, Retry::kLater, "the lane's queue is full");
}

void BlockingLane::Loop() {
    for (;;) {
        UniqueFunction<void()> job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
}

}  // namespace flux

// A SessionArchive in memory, for tests in which several servers of one process share it.
#pragma once

#include "socketio/session_archive.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace flux::socketio::testing {

/// Outlives the servers it was given to. Thread: any.
class MemoryArchive {
public:
    SessionArchiveFactory Factory() {
        return [this](Shard&) { return std::make_shared<View>(*this); };
    }

    std::optional<std::string> Find(const std::string& pid) {
        const std::lock_guard lock(mutex_);
        const auto found = sessions_.find(pid);
        return found == sessions_.end() ? std::nullopt : std::optional(found->second);
    }

    std::size_t size() {
        const std::lock_guard lock(mutex_);
        return sessions_.size();
    }

    /// From now on nothing is stored and nothing found.
    void SetAway(bool away) {
        const std::lock_guard lock(mutex_);
        away_ = away;
    }

    /// Nothing is written any more; what is there is found.
    void SetFrozen(bool frozen) {
        const std::lock_guard lock(mutex_);
        frozen_ = frozen;
    }

private:
    class View final : public SessionArchive {
    public:
        explicit View(MemoryArchive& store)
            : store_(store) {}
        Task<std::optional<std::string>> Take(std::string pid) override {
            co_return store_.TakeOut(pid);
        }
        void Put(std::string pid, std::string session, std::chrono::seconds) override {
            const std::lock_guard lock(store_.mutex_);
            if (!store_.away_ && !store_.frozen_)
                store_.sessions_[std::move(pid)] = std::move(session);
        }

    private:
        MemoryArchive& store_;
    };

    std::optional<std::string> TakeOut(const std::string& pid) {
        const std::lock_guard lock(mutex_);
        if (away_) return std::nullopt;
        auto taken = sessions_.extract(pid);
        if (taken.empty()) return std::nullopt;
        return std::move(taken.mapped());
    }

    std::mutex mutex_;
    std::map<std::string, std::string> sessions_;
    bool away_ = false;
    bool frozen_ = false;
};

}  // namespace flux::socketio::testing

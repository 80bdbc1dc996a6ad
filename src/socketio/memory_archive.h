// A SessionArchive in memory, for tests in which several servers of one process share it.
#pragma once

#include "base/rank.h"
#include "socketio/session_archive.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace flux::socketio::testing {

/// Outlives the servers it was given to. Thread: any.
class MemoryArchive {
public:
    SessionArchiveFactory Factory() {
        return [this](Shard& shard) {
            auto view = std::make_shared<View>(*this, shard);
            const std::lock_guard lock(mutex_);
            views_.push_back(view);
            return view;
        };
    }

    std::optional<std::string> Find(const std::string& pid) {
        const std::lock_guard lock(mutex_);
        const auto found = sessions_.find(pid);
        return found == sessions_.end() ? std::nullopt : std::optional(found->second);
    }

    /// As somebody else writes it, whatever is there.
    void Set(const std::string& pid, std::string text) {
        const std::lock_guard lock(mutex_);
        sessions_[pid] = std::move(text);
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

    /// Nothing is taken any more, as by a queue that is full; what is there is found.
    void SetFull(bool full) {
        const std::lock_guard lock(mutex_);
        full_ = full;
    }

    /// How many have asked.
    std::size_t asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

    /// What is taken from now on is lost, and told so.
    void SetLosing(bool losing) {
        const std::lock_guard lock(mutex_);
        losing_ = losing;
    }

    /// It was away and is back, with nothing in it.
    void ComeBackEmpty() {
        std::vector<std::weak_ptr<View>> views;
        {
            const std::lock_guard lock(mutex_);
            sessions_.clear();
            views = views_;
        }
        for (const std::weak_ptr<View>& weak : views) {
            if (const auto view = weak.lock()) View::TellBack(view);
        }
    }

    /// Who asks gets an exception.
    void SetBroken(bool broken) {
        const std::lock_guard lock(mutex_);
        broken_ = broken;
    }

    /// Who asks gets no answer until this ends.
    void SetHeld(bool held) {
        const std::lock_guard lock(mutex_);
        held_ = held;
    }

private:
    class View final : public SessionArchive, public std::enable_shared_from_this<View> {
    public:
        View(MemoryArchive& store, Shard& shard)
            : store_(store),
              shard_(shard) {}
        Task<std::optional<std::string>> Take(std::string pid, std::string mark) override {
            store_.CountAsked();
            boost::asio::steady_timer pause(shard_.io());
            while (store_.held()) {
                pause.expires_after(std::chrono::milliseconds(1));
                co_await pause.async_wait(boost::asio::use_awaitable);
            }
            co_return store_.TakeOut(pid, mark);
        }
        bool Put(
            std::string pid,
            std::string session,
            std::chrono::seconds,
            std::function<void(bool)> done
        ) override {
            const std::lock_guard lock(store_.mutex_);
            if (store_.away_ || store_.full_) return false;
            if (store_.losing_) {
                shard_.PostReserved([done = std::move(done)] { done(false); });
                return true;
            }
            shard_.PostReserved([done = std::move(done)] { done(true); });
            if (store_.frozen_) return true;
            std::string& there = store_.sessions_[std::move(pid)];
            if (RankOf(there).value_or(0) <= RankOf(session).value()) there = std::move(session);
            return true;
        }

        void OnBack(std::function<void()> listener) override { back_ = std::move(listener); }

        static void TellBack(const std::shared_ptr<View>& view) {
            view->shard_.PostReserved([view] {
                if (view->back_) view->back_();
            });
        }

    private:
        MemoryArchive& store_;
        Shard& shard_;
        std::function<void()> back_;
    };

    std::optional<std::string> TakeOut(const std::string& pid, const std::string& mark) {
        const std::lock_guard lock(mutex_);
        if (broken_) throw std::runtime_error("the archive is broken");
        const auto found = sessions_.find(pid);
        if (away_ || found == sessions_.end()) return std::nullopt;
        std::string taken = found->second;
        const std::uint64_t rank = RankOf(taken).value();
        if (rank % 2 == 0) found->second = EncodeRank(rank + 1) + mark;
        return taken;
    }

    void CountAsked() {
        const std::lock_guard lock(mutex_);
        ++asked_;
    }

    bool held() {
        const std::lock_guard lock(mutex_);
        return held_;
    }

    std::mutex mutex_;
    std::map<std::string, std::string> sessions_;
    bool away_ = false;
    bool frozen_ = false;
    bool held_ = false;
    bool broken_ = false;
    bool full_ = false;
    bool losing_ = false;
    std::vector<std::weak_ptr<View>> views_;
    std::size_t asked_ = 0;
};

}  // namespace flux::socketio::testing

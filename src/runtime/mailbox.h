// Letters from any thread to one shard.
#pragma once

#include "base/unique_function.h"

#include <cstddef>
#include <mutex>
#include <vector>

namespace flux {

/// A bounded queue of letters, opened in the order they arrived. Thread: Post any; Open the
/// owner's. The lock is held for one push or one swap, and no letter is opened under it.
class Mailbox {
public:
    using Letter = UniqueFunction<void()>;

    explicit Mailbox(std::size_t capacity)
        : capacity_(capacity) {}

    /// False when `capacity` letters wait already; `letter` is then untouched.
    [[nodiscard]] bool Post(Letter&& letter);

    /// Past the bound, for letters whose number the sender bounds (see Shard::PostReserved).
    void PostReserved(Letter letter);

    /// Opens what had arrived when it was called; letters posted meanwhile wait for the next call.
    void OpenAll();

    std::size_t size() const;

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::vector<Letter> waiting_;
    std::vector<Letter> opening_;
};

}  // namespace flux

#include "runtime/mailbox.h"

#include <utility>

namespace flux {

bool Mailbox::Post(Letter&& letter) {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= capacity_) return false;
    waiting_.push_back(std::move(letter));
    return true;
}

void Mailbox::PostReserved(Letter letter) {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(letter));
}

void Mailbox::OpenAll() {
    {
        const std::scoped_lock lock(mutex_);
        if (waiting_.empty()) return;
        std::swap(waiting_, opening_);
    }
    for (Letter& letter : opening_)
        letter();
    opening_.clear();
}

std::size_t Mailbox::size() const {
    const std::scoped_lock lock(mutex_);
    return waiting_.size();
}

}  // namespace flux

// Which rooms were ever sent something that nobody may miss.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace flux::socketio {

/// Remembers rooms by one bit of 65,536 each, for good: Contains may be wrong in saying yes, never
/// in saying no. So a shard that fell off the ring knows which of its rooms may have lost a kEvery
/// broadcast, also one it never saw. Thread: any.
class EveryRooms {
public:
    void Mark(std::string_view nsp, std::string_view room) {
        const std::size_t bit = BitOf(nsp, room);
        std::atomic<std::uint64_t>& word = words_[bit / 64];
        const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
        // Mostly it is set already, and then the line stays shared among the cores.
        if ((word.load(std::memory_order_relaxed) & mask) == 0) {
            word.fetch_or(mask, std::memory_order_release);
        }
    }

    bool Contains(std::string_view nsp, std::string_view room) const {
        const std::size_t bit = BitOf(nsp, room);
        return (words_[bit / 64].load(std::memory_order_acquire) >> (bit % 64) & 1) != 0;
    }

private:
    static constexpr std::size_t kBits = 65'536;

    static std::size_t BitOf(std::string_view nsp, std::string_view room) {
        const std::hash<std::string_view> hash;
        return (hash(nsp) * 31 + hash(room)) % kBits;
    }

    std::array<std::atomic<std::uint64_t>, kBits / 64> words_{};
};

}  // namespace flux::socketio

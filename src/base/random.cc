#include "base/random.h"

#include "base/assert.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/random.h>
#include <vector>

namespace flux {
namespace {

std::uint64_t RotateLeft(std::uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
}

std::uint64_t SplitMix(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_)
        word = SplitMix(seed);
}

std::uint64_t Random::Next() {
    const std::uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = RotateLeft(state_[3], 45);
    return result;
}

std::uint64_t Random::Below(std::uint64_t bound) {
    FLUX_ASSERT(bound != 0);
    const std::uint64_t reject_below =
        (0 - bound) % bound;  // the part of the range that would favour small results
    for (;;) {
        const std::uint64_t draw = Next();
        if (draw >= reject_below) return draw % bound;
    }
}

double Random::Unit() {
    return static_cast<double>(Next() >> 11) * 0x1.0p-53;
}

void SecureRandomBytes(std::span<std::byte> out) {
    std::size_t filled = 0;
    while (filled < out.size()) {
        const ssize_t got = ::getrandom(out.data() + filled, out.size() - filled, 0);
        if (got < 0) {
            FLUX_ASSERT(errno == EINTR);
            continue;
        }
        filled += static_cast<std::size_t>(got);
    }
}

std::uint64_t SecureRandomSeed() {
    std::array<std::byte, sizeof(std::uint64_t)> bytes;
    SecureRandomBytes(bytes);
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

std::string SecureRandomText(std::size_t bytes) {
    static constexpr char kAlphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::vector<std::byte> raw(bytes);
    SecureRandomBytes(raw);
    std::string text;
    text.reserve((bytes * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (const std::byte value : raw) {
        bits = (bits << 8) | std::to_integer<std::uint32_t>(value);
        held += 8;
        while (held >= 6) {
            held -= 6;
            text.push_back(kAlphabet[(bits >> held) & 63]);
        }
    }
    if (held > 0) text.push_back(kAlphabet[(bits << (6 - held)) & 63]);
    return text;
}

}  // namespace flux

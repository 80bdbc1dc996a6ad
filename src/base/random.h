// Chance as an argument: a seeded generator for behaviour, the kernel's for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace flux {

/// A seeded generator (xoshiro256**): the same seed gives the same numbers on every machine. Not
/// for secrets. Thread: one at a time.
class Random {
public:
    explicit Random(std::uint64_t seed);

    std::uint64_t Next();

    /// Even over [0, bound). `bound` must not be 0.
    std::uint64_t Below(std::uint64_t bound);

    /// Even over [0, 1).
    double Unit();

private:
    std::uint64_t state_[4];
};

/// Fills `out` from the kernel's generator: fit for session ids and tokens. Thread: any.
void SecureRandomBytes(std::span<std::byte> out);

/// A seed nobody can guess, for Random instances outside tests.
std::uint64_t SecureRandomSeed();

/// `bytes` random bytes as unpadded base64url text (4 characters for 3 bytes), for ids that must
/// not be guessed.
std::string SecureRandomText(std::size_t bytes);

}  // namespace flux

// Compressed messages: an inflater that takes them in pieces, into memory that grows and is used
// again, makes of any bytes what plain zlib makes of them at one go; and what was deflated inflates
// to the same, within the window.
//
// The first byte chooses the bound and how long a message is, the second the window.
#include "base/assert.h"
#include "input.h"
#include "net/deflater.h"
#include "net/inflater.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <zlib.h>

namespace {

using flux::net::Deflater;
using flux::net::Inflater;
using Outcome = Inflater::Outcome;

constexpr int kLargestWindow = 15;

struct Inflated {
    Outcome outcome = Outcome::kBroken;
    std::string message;  // of kWhole

    friend bool operator==(const Inflated&, const Inflated&) = default;
};

/// What zlib itself makes of it: all input at once, more room than is allowed.
Inflated ByZlib(std::string_view compressed, std::size_t bytes_max, int window_bits) {
    if (compressed.empty()) return {Outcome::kWhole, ""};
    std::string input(compressed);
    input.append("\x00\x00\xff\xff", 4);
    std::string output(bytes_max + 1, '\0');
    z_stream z{};
    FLUX_ASSERT(::inflateInit2(&z, -window_bits) == Z_OK);
    z.next_in = reinterpret_cast<Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    z.next_out = reinterpret_cast<Bytef*>(output.data());
    z.avail_out = static_cast<uInt>(output.size());
    int done = Z_STREAM_END;
    while (done == Z_STREAM_END && z.avail_in > 0) {
        done = ::inflate(&z, Z_SYNC_FLUSH);
        if (done == Z_STREAM_END && z.avail_in > 0) ::inflateReset(&z);
    }
    const bool whole = done == Z_OK && z.avail_in == 0 && (z.data_type & 128) != 0;
    const std::size_t made = output.size() - z.avail_out;
    ::inflateEnd(&z);
    if (made > bytes_max) return {Outcome::kTooLarge, ""};
    if (!whole) return {};
    return {Outcome::kWhole, output.substr(0, made)};
}

Inflated ByFlux(Inflater& inflater, std::string_view compressed, std::size_t bytes_max) {
    const Outcome outcome = inflater.Inflate(compressed, bytes_max);
    FLUX_ASSERT(inflater.message().size() <= bytes_max + 1);
    if (outcome != Outcome::kWhole) return {outcome, ""};
    return {outcome, std::string(inflater.message())};
}

/// Any bytes, on an inflater that is fresh, on one that has grown and on one that gave its memory
/// up.
void CheckAnyBytes(std::string_view compressed, std::size_t bytes_max) {
    const Inflated expected = ByZlib(compressed, bytes_max, kLargestWindow);
    FLUX_ASSERT(expected.message.size() <= bytes_max);
    Inflater inflater;
    FLUX_ASSERT(ByFlux(inflater, compressed, bytes_max) == expected);
    constexpr std::size_t kMore = 200'000;
    FLUX_ASSERT(ByFlux(inflater, compressed, kMore) == ByZlib(compressed, kMore, kLargestWindow));
    FLUX_ASSERT(ByFlux(inflater, compressed, bytes_max) == expected);
    inflater.Release();
    FLUX_ASSERT(ByFlux(inflater, compressed, bytes_max) == expected);
}

void CheckRoundTrip(std::string_view message, int window_bits) {
    Deflater deflater(window_bits);
    const std::string deflated(deflater.Deflate(message));
    FLUX_ASSERT(deflater.Deflate(message) == deflated);  // each message stands alone
    deflater.Release();
    FLUX_ASSERT(deflater.Deflate(message) == deflated);
    const Inflated expected{Outcome::kWhole, std::string(message)};
    FLUX_ASSERT(ByZlib(deflated, message.size(), window_bits) == expected);
    Inflater inflater;
    FLUX_ASSERT(ByFlux(inflater, deflated, message.size()) == expected);
    if (message.empty()) return;
    FLUX_ASSERT(ByFlux(inflater, deflated, message.size() - 1).outcome == Outcome::kTooLarge);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::size_t length = input.Byte();
    const int window_bits = 9 + input.Byte() % 7;
    CheckAnyBytes(input.Rest(), length * 64);

    std::string message;
    for (std::size_t i = 0; i <= length; i += 16)
        message += input.Rest();
    CheckRoundTrip(message, window_bits);
    return 0;
}

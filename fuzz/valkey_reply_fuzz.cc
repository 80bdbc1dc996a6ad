// Answers of Valkey: however they are cut the same ones are read, and nothing outgrows its bound.
#include "base/assert.h"
#include "valkey/reply_reader.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kBytesMax = 512;

/// Every answer in `bytes`, which come `step` at a time; ends with "!" when they are none.
std::string Read(std::string_view bytes, std::size_t step) {
    flux::valkey::ReplyReader reader(kBytesMax);
    std::string found;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, step);
        bytes.remove_prefix(piece.size());
        if (!reader.Feed(piece)) return found + "!";
        FLUX_ASSERT(reader.unread() <= kBytesMax + step);
        for (;;) {
            const auto reply = reader.Next();
            if (!reply) return found + "!";
            if (!*reply) break;
            found += std::to_string(static_cast<int>((*reply)->kind)) + ":" + (*reply)->text + ":" +
                     std::to_string((*reply)->integer) + ";";
        }
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Under the bound, so that only the cutting differs.
    const std::string_view bytes(reinterpret_cast<const char*>(data), size % (kBytesMax + 1));
    const std::string whole = Read(bytes, kBytesMax);
    FLUX_ASSERT(Read(bytes, 1) == whole);
    FLUX_ASSERT(Read(bytes, 7) == whole);
    Read(std::string_view(reinterpret_cast<const char*>(data), size), 3);
    return 0;
}

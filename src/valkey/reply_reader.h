// Valkey's answers, out of the bytes it sends.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct redisReader;  // NOLINT(readability-identifier-naming): hiredis' name

namespace flux::valkey {

struct Reply {
    enum class Kind : std::uint8_t { kNil, kText, kInteger, kError };
    Kind kind = Kind::kNil;
    std::string text;  ///< of kText; of kError the sentence, "NOPERM this user ..."
    std::int64_t integer = 0;
};

/// Reads RESP2, without arrays: no command of ours is answered with one. What is sent is not
/// trusted: a byte that cannot stand there, or an answer larger than the bound, is an error, after
/// which the reader is of no use. Thread: one at a time.
class ReplyReader {
public:
    explicit ReplyReader(std::size_t reply_bytes_max);

    /// Errors: kTooLarge.
    Result<void> Feed(std::string_view bytes);

    /// The next whole answer, nothing when more bytes are needed. Errors: kBadInput.
    Result<std::optional<Reply>> Next();

    /// Bytes of an answer that is not whole.
    std::size_t unread() const;

private:
    struct Free {
        void operator()(redisReader* reader) const;
    };

    const std::size_t reply_bytes_max_;
    std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace flux::valkey

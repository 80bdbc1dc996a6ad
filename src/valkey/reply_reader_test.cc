#include "valkey/reply_reader.h"

#include <gtest/gtest.h>

namespace flux::valkey {
namespace {

/// Everything that `bytes` hold when they come `step` at a time, as text; "!" ends with an error.
std::string Read(std::string_view bytes, std::size_t step, std::size_t bytes_max = 1000) {
    ReplyReader reader(bytes_max);
    std::string found;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        if (!reader.Feed(bytes.substr(at, step))) return found + "too large!";
        for (;;) {
            const Result<std::optional<Reply>> reply = reader.Next();
            if (!reply) return found + "!";
            if (!*reply) break;
            switch ((*reply)->kind) {
                case Reply::Kind::kNil:
                    found += "nil ";
                    break;
                case Reply::Kind::kInteger:
                    found += std::to_string((*reply)->integer) + " ";
                    break;
                case Reply::Kind::kError:
                    found += "error:" + (*reply)->text + " ";
                    break;
                case Reply::Kind::kText:
                    found += "'" + (*reply)->text + "' ";
                    break;
            }
        }
    }
    return found;
}

TEST(ReplyReader, ReadsEachKindHoweverItIsCut) {
    const std::string bytes =
        "+PONG\r\n$-1\r\n:42\r\n$5\r\na\r\nb!\r\n-NOPERM no\r\n$0\r\n\r\n:-7\r\n";
    for (const std::size_t step : {1u, 2u, 3u, 5u, 100u}) {
        EXPECT_EQ(Read(bytes, step), "'PONG' nil 42 'a\r\nb!' error:NOPERM no '' -7 ") << step;
    }
}

TEST(ReplyReader, RefusesWhatIsNoAnswer) {
    for (const char* bytes :
         {"HTTP/1.1 200 OK\r\n",
          "*2\r\n$1\r\na\r\n",
          "*1000000000\r\n",
          ">1\r\n",
          "_\r\n",
          "\r\n",
          "$x\r\n",
          "$-2\r\n",
          "$99999999999999999999\r\n",
          ":12a\r\n",
          ":\r\n"}) {
        for (const std::size_t step : {1u, 100u}) {
            EXPECT_EQ(Read(std::string("+OK\r\n") + bytes, step), "'OK' !") << bytes << " " << step;
        }
    }
}

TEST(ReplyReader, HoldsNoMoreThanItsBound) {
    EXPECT_EQ(Read("+" + std::string(3000, 'x'), 500), "too large!");
    EXPECT_EQ(Read("$5000\r\n" + std::string(5000, 'x') + "\r\n", 500), "too large!");
    // Many small ones are no large one.
    std::string many;
    for (int n = 0; n < 1000; ++n)
        many += ":1\r\n";
    EXPECT_EQ(Read(many, 5000).size(), 2000u);
}

TEST(ReplyReader, KnowsThatItWaits) {
    ReplyReader reader(1000);
    EXPECT_TRUE(reader.Feed("$10\r\nhalf"));
    EXPECT_FALSE(reader.Next()->has_value());
    EXPECT_GT(reader.unread(), 0u);
}

}  // namespace
}  // namespace flux::valkey

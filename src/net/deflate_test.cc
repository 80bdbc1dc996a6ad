#include "net/deflater.h"
#include "net/inflater.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::net {
namespace {

using Outcome = Inflater::Outcome;

/// As long as asked for, and not the same over and over.
std::string Text(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i)
        text += "{\"price\":" + std::to_string(i * 7919 % 10007) + ",\"symbol\":\"BTC-USD\"},";
    return text.substr(0, bytes);
}

std::string Deflated(std::string_view message) {
    return std::string(Deflater().Deflate(message));
}

TEST(Deflate, InflatesWhatItDeflated) {
    Deflater deflater;
    Inflater inflater;
    for (const std::size_t bytes : {200u, 4'096u, 4'097u, 100'000u, 1'000'000u, 300u}) {
        const std::string text = Text(bytes);
        const std::string_view deflated = deflater.Deflate(text);
        EXPECT_LT(deflated.size(), text.size() / 2);
        ASSERT_EQ(inflater.Inflate(deflated, bytes), Outcome::kWhole) << bytes;
        EXPECT_EQ(inflater.message(), text);
    }
}

TEST(Deflate, EachMessageStandsAlone) {
    const std::string text = Text(500);
    Deflater deflater;
    const std::string first(deflater.Deflate(text));
    EXPECT_EQ(deflater.Deflate(text), first);
    Inflater fresh;
    EXPECT_EQ(fresh.Inflate(first, 500), Outcome::kWhole);
}

TEST(Deflate, TakesWhatDoesNotGetSmaller) {
    std::string noise;
    std::uint64_t state = 88172645463325252u;
    while (noise.size() < 200'000) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        noise.push_back(static_cast<char>(state));
    }
    Deflater deflater;
    Inflater inflater;
    for (const std::size_t bytes : {0u, 1u, 4u, 100u, 70'000u, 200'000u}) {
        const std::string_view message = std::string_view(noise).substr(0, bytes);
        ASSERT_EQ(inflater.Inflate(deflater.Deflate(message), bytes), Outcome::kWhole) << bytes;
        EXPECT_EQ(inflater.message(), message);
    }
}

TEST(Deflate, KeepsToItsWindow) {
    const std::string block = Text(600);
    std::string text = block;
    for (int i = 0; text.size() < 4'000; ++i)
        text += static_cast<char>('a' + i * 7919 % 26);
    text += block;  // 4,000 bytes back: a window of 9 bits does not see it
    EXPECT_GT(Deflater(9).Deflate(text).size(), Deflater(15).Deflate(text).size() + 50);
}

/// RFC 7692, 7.2.3: the examples.
TEST(Deflate, InflatesTheExamplesOfTheRfc) {
    const std::string_view plain("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
    const std::string_view stored("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11);
    const std::string_view final_block("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8);
    const std::string_view two_blocks("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13);
    Inflater inflater;
    for (const std::string_view example : {plain, stored, final_block, two_blocks}) {
        ASSERT_EQ(inflater.Inflate(example, 5), Outcome::kWhole);
        EXPECT_EQ(inflater.message(), "Hello");
    }
    ASSERT_EQ(inflater.Inflate(std::string_view("\x00", 1), 0), Outcome::kWhole);
    EXPECT_EQ(inflater.message(), "");
}

TEST(Deflate, StopsAtTheBound) {
    std::string large;
    large.resize(50'000'000, 'a');
    const std::string bomb = Deflated(large);
    EXPECT_LT(bomb.size(), 300'000u);
    Inflater inflater;
    EXPECT_EQ(inflater.Inflate(bomb, 1'000'000), Outcome::kTooLarge);
    for (const std::size_t bytes : {1u, 4'095u, 4'096u, 4'097u, 8'192u}) {
        const std::string deflated = Deflated(std::string(bytes + 20, 'a'));
        EXPECT_EQ(inflater.Inflate(deflated, bytes + 20), Outcome::kWhole) << bytes;
        EXPECT_EQ(inflater.Inflate(deflated, bytes + 19), Outcome::kTooLarge) << bytes;
    }
}

TEST(Deflate, TellsWhatIsBroken) {
    Inflater inflater;
    EXPECT_EQ(inflater.Inflate("\xff\xff\xff\xff", 100), Outcome::kBroken);
    EXPECT_EQ(inflater.Inflate("", 100), Outcome::kWhole);
    EXPECT_EQ(inflater.message(), "");
    const std::string whole = Deflated(Text(500));
    std::size_t read_as_whole = 0;
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        const Outcome outcome = inflater.Inflate(whole.substr(0, bytes), 500);
        read_as_whole += outcome == Outcome::kWhole ? 1 : 0;
    }
    EXPECT_LE(read_as_whole, 2u);  // nothing at all; and perhaps what ends before the flush
    EXPECT_EQ(inflater.Inflate(whole, 500), Outcome::kWhole);  // and works on after that
}

/// A block whose last bytes are those the sender left out, of every length around the memory that
/// the inflater begins with.
TEST(Deflate, ReadsTheSameHoweverMuchMemoryItHas) {
    for (std::size_t bytes = 4'090; bytes < 4'100; ++bytes) {
        std::string stored(1, '\x00');
        for (const std::size_t length : {bytes, ~bytes}) {
            stored += static_cast<char>(length & 0xff);
            stored += static_cast<char>(length >> 8 & 0xff);
        }
        stored.append(bytes - 4, 'a');
        Inflater fresh;
        EXPECT_EQ(fresh.Inflate(stored, 10'000), Outcome::kWhole) << bytes;
        EXPECT_EQ(fresh.message().size(), bytes);
        ASSERT_EQ(fresh.Inflate(Deflated(Text(9'000)), 10'000), Outcome::kWhole);
        EXPECT_EQ(fresh.Inflate(stored, 10'000), Outcome::kWhole) << bytes;
    }
}

}  // namespace
}  // namespace flux::net

#include "socketio/outbox.h"

#include "base/random.h"
#include "socketio/naive_outbox.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace flux::socketio {
namespace {

constexpr std::size_t kNoBound = SIZE_MAX;
constexpr DeliveryPolicy kEvery = DeliveryPolicy::kEvery;
constexpr DeliveryPolicy kLatest = DeliveryPolicy::kLatestPerKey;

class OutboxTest : public testing::Test {
protected:
    FrameRef Frame(std::string_view text) {
        return frames_.Share(EncodeFrames(net::Opcode::kText, {&text, 1}));
    }
    /// Everything unsent, as it would go over the wire.
    static std::string Unsent(const Outbox& outbox) {
        std::vector<iovec> parts(outbox.frames() + 1);
        const std::size_t count = outbox.Gather(parts);
        std::string bytes;
        for (std::size_t i = 0; i < count; ++i)
            bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
        return bytes;
    }
    std::string Wire(std::initializer_list<std::string_view> texts) {
        std::string bytes;
        for (const std::string_view text : texts)
            bytes += Frame(text).wire();
        return bytes;
    }

    FramePool frames_;
    OutboxPool pool_;
    Outbox outbox_{pool_};
};

TEST_F(OutboxTest, KeepsTheOrder) {
    for (const std::string_view text : {"a", "b", "c"})
        EXPECT_EQ(outbox_.Push(Frame(text), kEvery, 0, kNoBound), PushResult::kQueued);
    EXPECT_EQ(Unsent(outbox_), Wire({"a", "b", "c"}));
    EXPECT_EQ(outbox_.Consume(outbox_.bytes()), 3u);
    EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, OwnsNoStorageWhenEmpty) {
    for (int i = 0; i < 100; ++i)
        outbox_.Push(Frame("x"), kEvery, 0, kNoBound);
    EXPECT_GT(pool_.live_bytes(), 0u);
    EXPECT_EQ(frames_.live_frames(), 100u);
    outbox_.Consume(outbox_.bytes());
    EXPECT_EQ(pool_.live_bytes(), 0u);
    EXPECT_EQ(frames_.live_frames(), 0u);
    EXPECT_EQ(frames_.live_bytes(), 0u);
}

TEST_F(OutboxTest, TheNewestOfAKeyTakesTheOldOnesPlace) {
    outbox_.Push(Frame("btc1"), kLatest, 1, kNoBound);
    outbox_.Push(Frame("eth1"), kLatest, 2, kNoBound);
    outbox_.Push(Frame("order"), kEvery, 0, kNoBound);
    EXPECT_EQ(outbox_.Push(Frame("btc2!"), kLatest, 1, kNoBound), PushResult::kConflated);
    EXPECT_EQ(Unsent(outbox_), Wire({"btc2!", "eth1", "order"}));
    EXPECT_EQ(outbox_.frames(), 3u);
}

TEST_F(OutboxTest, EveryNeverConflates) {
    outbox_.Push(Frame("a"), kEvery, 7, kNoBound);
    EXPECT_EQ(outbox_.Push(Frame("b"), kEvery, 7, kNoBound), PushResult::kQueued);
    EXPECT_EQ(outbox_.Push(Frame("c"), kLatest, 0, kNoBound), PushResult::kQueued);
    EXPECT_EQ(outbox_.Push(Frame("d"), kLatest, 0, kNoBound), PushResult::kQueued);
    EXPECT_EQ(Unsent(outbox_), Wire({"a", "b", "c", "d"}));
}

TEST_F(OutboxTest, APartlyWrittenFrameIsNotReplaced) {
    outbox_.Push(Frame("old"), kLatest, 1, kNoBound);
    EXPECT_EQ(outbox_.Consume(2), 0u);
    EXPECT_EQ(outbox_.Push(Frame("new"), kLatest, 1, kNoBound), PushResult::kQueued);
    EXPECT_EQ(outbox_.Push(Frame("newer"), kLatest, 1, kNoBound), PushResult::kConflated);
    EXPECT_EQ(Unsent(outbox_), Wire({"old"}).substr(2) + Wire({"newer"}));
}

TEST_F(OutboxTest, TheHardBoundRefuses) {
    const std::size_t size = Frame("12345678").size();
    EXPECT_EQ(outbox_.Push(Frame("12345678"), kEvery, 0, 2 * size), PushResult::kQueued);
    EXPECT_EQ(outbox_.Push(Frame("12345678"), kEvery, 0, 2 * size), PushResult::kQueued);
    EXPECT_EQ(outbox_.Push(Frame(""), kEvery, 0, 2 * size), PushResult::kOverHardLimit);
    EXPECT_EQ(outbox_.bytes(), 2 * size);
    outbox_.PushControl(Frame("2"));
    EXPECT_EQ(outbox_.frames(), 3u);
}

TEST_F(OutboxTest, AnEmptyOneTakesAFrameOfAnySize) {
    EXPECT_EQ(outbox_.Push(Frame("12345678"), kEvery, 0, 1), PushResult::kQueued);
    EXPECT_EQ(outbox_.Push(Frame("1"), kEvery, 0, 1), PushResult::kOverHardLimit);
}

TEST_F(OutboxTest, ALargerReplacementKeepsToTheBound) {
    outbox_.Push(Frame("aa"), kLatest, 1, 20);
    outbox_.Push(Frame("bb"), kEvery, 0, 20);
    EXPECT_EQ(outbox_.Push(Frame("0123456789abcdef"), kLatest, 1, 20), PushResult::kOverHardLimit);
    EXPECT_EQ(Unsent(outbox_), Wire({"aa", "bb"}));
}

TEST_F(OutboxTest, AControlFrameWithAKeyIsThereOnce) {
    outbox_.Push(Frame("data"), kEvery, 0, kNoBound);
    outbox_.PushControl(Frame("pong1"), 99);
    outbox_.PushControl(Frame("pong2"), 99);
    EXPECT_EQ(Unsent(outbox_), Wire({"data", "pong2"}));
}

TEST_F(OutboxTest, DroppingKeepsTheRestOfAPartlyWrittenFrame) {
    outbox_.Push(Frame("first"), kEvery, 0, kNoBound);
    outbox_.Push(Frame("second"), kEvery, 0, kNoBound);
    outbox_.Consume(3);
    EXPECT_EQ(outbox_.DropUnsent(), 1u);
    EXPECT_EQ(Unsent(outbox_), Wire({"first"}).substr(3));
    EXPECT_EQ(outbox_.bytes(), Wire({"first"}).size() - 3);
    outbox_.Clear();
    outbox_.Push(Frame("third"), kEvery, 0, kNoBound);
    EXPECT_EQ(outbox_.DropUnsent(), 1u);
    EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, MovingTakesEverythingAlong) {
    outbox_.Push(Frame("a"), kEvery, 0, kNoBound);
    outbox_.Consume(1);
    Outbox other = std::move(outbox_);
    EXPECT_EQ(Unsent(other), Wire({"a"}).substr(1));
    outbox_ = Outbox(pool_);
    EXPECT_TRUE(outbox_.empty());
    outbox_.Push(Frame("b"), kEvery, 0, kNoBound);
    EXPECT_EQ(Unsent(outbox_), Wire({"b"}));
}

TEST_F(OutboxTest, MessagesOfABinaryPacketCanBeTakenOneByOne) {
    const std::string_view text = "451-[\"m\"]";
    const std::string_view bytes = "\x01\x02";
    outbox_.Push(
        frames_.Share(EncodeFrames(net::Opcode::kText, {&text, 1}, {&bytes, 1})),
        kEvery,
        0,
        kNoBound
    );
    WireMessage message = outbox_.FrontMessage();
    EXPECT_EQ(message.payload, text);
    outbox_.Consume(message.wire_bytes);
    message = outbox_.FrontMessage();
    EXPECT_EQ(message.opcode, net::Opcode::kBinary);
    EXPECT_EQ(message.payload, bytes);
    outbox_.Consume(message.wire_bytes);
    EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, BehavesLikeTheNaiveOneWhateverHappens) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        NaiveOutbox naive;
        Outbox outbox(pool_);
        const std::size_t bound = 50 + random.Below(3'000);
        for (int step = 0; step < 600; ++step) {
            const std::uint64_t choice = random.Below(100);
            if (choice < 60) {
                const FrameRef frame =
                    Frame(std::string(random.Below(40), static_cast<char>('a' + step % 26)));
                const DeliveryPolicy policy = random.Below(2) == 0 ? kEvery : kLatest;
                const std::uint64_t key = random.Below(80);
                ASSERT_EQ(
                    outbox.Push(frame, policy, key, bound),
                    naive.Push(std::string(frame.wire()), policy, key, bound)
                );
            } else if (choice < 98) {
                const std::size_t count = random.Below(naive.bytes() + 1);
                ASSERT_EQ(outbox.Consume(count), naive.Consume(count));
            } else {
                ASSERT_EQ(outbox.DropUnsent(), naive.DropUnsent());
            }
            ASSERT_EQ(outbox.bytes(), naive.bytes());
            ASSERT_EQ(outbox.frames(), naive.entries.size());
            ASSERT_EQ(Unsent(outbox), naive.Unsent());
        }
    }
    EXPECT_EQ(frames_.live_frames(), 0u);
    EXPECT_EQ(pool_.live_bytes(), 0u);
}

}  // namespace
}  // namespace flux::socketio

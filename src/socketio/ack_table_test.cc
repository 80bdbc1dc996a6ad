#include "socketio/ack_table.h"

#include "limits/limits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::socketio {
namespace {

class AckTableTest : public testing::Test {
protected:
    AckHandler Note(std::string name) {
        return [this, name](Result<std::vector<std::string>> arguments, std::vector<std::string>) {
            calls_.push_back(
                name + ":" + (arguments ? "ok" : std::string(ToString(arguments.error().code)))
            );
        };
    }

    ManualClock clock_;
    TimerWheel wheel_{clock_.Now()};
    std::vector<std::string> calls_;
    AckTable table_{wheel_};
};

TEST_F(AckTableTest, TheAnswerGoesToItsHandlerOnce) {
    const std::uint64_t a = table_.Add(Note("a"), clock_.Now() + std::chrono::seconds(1));
    const std::uint64_t b = table_.Add(Note("b"), clock_.Now() + std::chrono::seconds(1));
    EXPECT_NE(a, b);
    table_.Resolve(b, {}, {});
    table_.Resolve(b, {}, {});
    table_.Resolve(77, {}, {});
    EXPECT_EQ(calls_, (std::vector<std::string>{"b:ok"}));
    table_.FailAll();
    EXPECT_EQ(calls_, (std::vector<std::string>{"b:ok", "a:closed"}));
}

TEST_F(AckTableTest, TimeoutsAreExactlyOneCall) {
    const std::uint64_t id = table_.Add(Note("a"), clock_.Now() + std::chrono::seconds(1));
    clock_.Advance(std::chrono::milliseconds(900));
    wheel_.Advance(clock_.Now());
    EXPECT_TRUE(calls_.empty());
    clock_.Advance(std::chrono::milliseconds(200));
    wheel_.Advance(clock_.Now());
    EXPECT_EQ(calls_, (std::vector<std::string>{"a:timeout"}));
    table_.Resolve(id, {}, {});
    EXPECT_EQ(calls_.size(), 1u);
}

TEST_F(AckTableTest, TheNumberIsBounded) {
    for (std::size_t i = 0; i < limits::kAcksPendingMax; ++i) {
        ASSERT_FALSE(table_.full());
        table_.Add(Note("x"), clock_.Now() + std::chrono::seconds(1));
    }
    EXPECT_TRUE(table_.full());
    table_.FailAll();
    EXPECT_EQ(calls_.size(), limits::kAcksPendingMax);
}

}  // namespace
}  // namespace flux::socketio

// The client against a peer that does exactly what it is told.
#include "valkey/valkey_client.h"

#include "base/log.h"
#include "net/client/client_rig.h"
#include "valkey/scripted_valkey.h"

#include <gtest/gtest.h>

namespace flux::valkey {
namespace {

using testing::Move;
using testing::ScriptedValkey;
using testing::Words;

class ValkeyClientTest : public net::testing::ClientRig {
protected:
    ValkeyClientTest() {
        options_.host = "127.0.0.1";
        options_.port = server_.port();
        options_.connect_timeout = 2s;
        options_.reply_timeout = 300ms;
        options_.retry_first = 5ms;
        options_.retry_longest = 20ms;
    }

    /// Starts the client, runs the test, stops the client.
    void RunWithClient(std::function<Task<>()> test) {
        client_.emplace(shard, options_, nullptr, health_, stats_, 1);
        auto whole = [&]() -> Task<> {
            co_await client_->Start();
            co_await test();
            co_await client_->Stop();
        };
        Run(whole());
    }

    Task<Result<Reply>> Get(std::string key, Milliseconds time_max = 5s) {
        Command command = FormatCommand({"GET", key});
        co_return co_await client_->Ask(std::move(command), time_max);
    }

    /// The text of a key, or the code of the error.
    Task<std::string> Text(std::string key, Milliseconds time_max = 5s) {
        const Result<Reply> reply = co_await Get(std::move(key), time_max);
        if (!reply) co_return std::string(ToString(reply.error().code));
        co_return reply->kind == Reply::Kind::kNil ? "nil" : reply->text;
    }

    Task<> Until(std::function<bool()> holds) {
        for (int n = 0; n < 10'000; ++n) {
            if (holds()) co_return;
            co_await SleepFor(1ms);  // between two looks
        }
        ADD_FAILURE() << "waited ten seconds in vain";
    }

    /// From now on every answer takes so long, the first one of a connection too.
    void AnswerAfter(Milliseconds after) {
        server_.OnHello([after](const Words&) { return Move{.bytes = "+PONG\r\n", .after = after}; }
        );
        server_.OnCommand([after](const Words& words) {
            Move move = Echo(words);
            move.after = after;
            return move;
        });
    }

    static Move Echo(const Words& words) {
        return {.bytes = "$" + std::to_string(words[1].size()) + "\r\n" + words[1] + "\r\n"};
    }

    ScriptedValkey server_{shard};
    ValkeyOptions options_;
    ValkeyHealth health_{"scripted", SystemClock::Instance()};
    ValkeyStats stats_;
    std::optional<ValkeyClient> client_;
};

TEST_F(ValkeyClientTest, LogsInAndAsks) {
    options_.user = "flux";
    options_.password = config::Secret("s3cret");
    server_.OnCommand(Echo);
    RunWithClient([this]() -> Task<> {
        EXPECT_TRUE(client_->answering());
        EXPECT_EQ(co_await Text("one"), "one");
        const std::vector<Words> heard{{"AUTH", "flux", "s3cret"}, {"PING"}, {"GET", "one"}};
        EXPECT_EQ(server_.heard(), heard);
        EXPECT_EQ(stats_.connected.value(), 1);
    });
    EXPECT_EQ(health_.outages().value(), 0u);
}

TEST_F(ValkeyClientTest, WhatIsAskedTogetherGoesTogetherAndIsAnsweredInOrder) {
    server_.OnCommand(Echo);
    RunWithClient([this]() -> Task<> {
        TaskGroup group(shard);
        int right = 0;
        auto one = [&](int n) -> Task<> {
            const std::string key = "key" + std::to_string(n);
            const std::string text = co_await Text(key);
            if (text == key) ++right;
        };
        const std::size_t reads = server_.reads();
        for (int n = 0; n < 100; ++n)
            group.Spawn("ask", one(n));
        const auto all_ended = [&] { return group.running() == 0; };
        co_await Until(all_ended);
        EXPECT_EQ(right, 100);
        EXPECT_LT(server_.reads() - reads, 10u);
        EXPECT_EQ(stats_.queued_bytes.value(), 0);
    });
}

TEST_F(ValkeyClientTest, ALateAnswerLeavesThePipelineInStep) {
    server_.OnCommand([](const Words& words) { return words[1] == "slow" ? Move{} : Echo(words); });
    RunWithClient([this]() -> Task<> {
        EXPECT_EQ(co_await Text("slow", 10ms), "timeout");
        server_.Send("$4\r\nslow\r\n");
        EXPECT_EQ(co_await Text("quick"), "quick");
        EXPECT_EQ(co_await Text("again"), "again");
        EXPECT_EQ(server_.connections(), 1u);
        EXPECT_EQ(stats_.late.value(), 1u);
    });
    EXPECT_EQ(health_.outages().value(), 0u);
}

TEST_F(ValkeyClientTest, WhoTellsHearsWhetherItWasDone) {
    server_.OnCommand([](const Words& words) {
        if (words[1] == "no") return Move{.bytes = "-OOM command not allowed\r\n"};
        if (words[1] == "cut") return Move{.close = true};
        return Echo(words);
    });
    RunWithClient([this]() -> Task<> {
        int back = 0;
        client_->OnBack([&] { ++back; });
        std::vector<std::string> told;
        const auto tell = [&](const std::string& key) {
            auto done = [&told, key](bool carried_out) {
                told.push_back(key + (carried_out ? " done" : " lost"));
            };
            return client_->Tell(FormatCommand({"SET", key}), std::move(done));
        };
        EXPECT_TRUE(tell("yes"));
        EXPECT_TRUE(tell("no"));
        EXPECT_TRUE(tell("cut"));
        EXPECT_TRUE(tell("behind it"));
        EXPECT_TRUE(told.empty()) << "in a later turn";
        const auto all_told = [&] { return told.size() == 4; };
        co_await Until(all_told);
        const std::vector<std::string> expected{
            "yes done", "no lost", "cut lost", "behind it lost"};
        EXPECT_EQ(told, expected);
        const auto is_back = [&] { return back == 1; };
        co_await Until(is_back);
        EXPECT_TRUE(client_->answering());
        EXPECT_TRUE(tell("again"));
        const auto told_again = [&] { return told.size() == 5; };
        co_await Until(told_again);
        EXPECT_EQ(told.back(), "again done");
        EXPECT_EQ(back, 1);
    });
}

TEST_F(ValkeyClientTest, AnErrorIsAnAnswer) {
    server_.OnCommand([](const Words& words) {
        if (words[1] == "no") return Move{.bytes = "-NOPERM this user has no permissions\r\n"};
        if (words[1] == "load") return Move{.bytes = "-LOADING the dataset\r\n"};
        if (words[1] == "type") return Move{.bytes = "-WRONGTYPE a list\r\n"};
        return Echo(words);
    });
    RunWithClient([this]() -> Task<> {
        const Result<Reply> refused = co_await Get("no");
        EXPECT_EQ(refused.error().code, ErrorCode::kPermission);
        EXPECT_NE(
            refused.error().context.find("refuses GET of the default user: NOPERM"),
            std::string::npos
        ) << refused.error().context;
        EXPECT_NE(refused.error().context.find("+getrange"), std::string::npos);
        EXPECT_EQ(co_await Text("load"), "unavailable");
        EXPECT_EQ(co_await Text("type"), "bad_input");
        EXPECT_EQ(co_await Text("good"), "good");
        EXPECT_EQ(stats_.refused.value(), 3u);
        EXPECT_EQ(server_.connections(), 1u);
    });
}

TEST_F(ValkeyClientTest, GarbageEndsTheConnectionAndTheNextOneIsGood) {
    const std::vector<std::string> garbage{
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "*1\r\n$1\r\na\r\n",
        "$-2\r\n",
        ":1\r\n:2\r\n",
        "$3000000\r\n" + std::string(2'900'000, 'x')};
    server_.OnCommand([&](const Words& words) {
        if (words[1].starts_with("bad"))
            return Move{.bytes = garbage[std::stoul(words[1].substr(3))]};
        return Echo(words);
    });
    RunWithClient([&]() -> Task<> {
        for (std::size_t n = 0; n < garbage.size(); ++n) {
            const std::size_t before = server_.connections();
            const std::string text = co_await Text("bad" + std::to_string(n));
            EXPECT_TRUE(text == "unknown" || text.empty()) << n << " " << text;
            const auto connected_again = [&] {
                return server_.connections() > before && client_->answering();
            };
            co_await Until(connected_again);
            EXPECT_EQ(co_await Text("good"), "good") << n;
        }
        EXPECT_EQ(stats_.protocol_errors.value(), garbage.size());
    });
    EXPECT_EQ(health_.outages().value(), garbage.size());
}

TEST_F(ValkeyClientTest, HalfAnAnswerThatIsCutIsNone) {
    bool cut = true;
    server_.OnCommand([&](const Words& words) {
        return cut ? Move{.bytes = "$100\r\nhalf", .close = true} : Echo(words);
    });
    RunWithClient([&]() -> Task<> {
        EXPECT_EQ(co_await Text("one"), "unknown");
        EXPECT_EQ(co_await Text("two"), "unavailable");  // at once: nobody waits for a connection
        cut = false;
        const auto answering = [&] { return client_->answering(); };
        co_await Until(answering);
        EXPECT_EQ(co_await Text("three"), "three");
    });
}

TEST_F(ValkeyClientTest, HalfAnAnswerThatStopsReplacesTheConnection) {
    bool stops = true;
    server_.OnCommand([&](const Words& words) {
        return stops ? Move{.bytes = "$100\r\nhalf"} : Echo(words);
    });
    RunWithClient([&]() -> Task<> {
        EXPECT_EQ(co_await Text("one", 10ms), "timeout");
        stops = false;
        const auto replaced = [&] { return server_.connections() == 2 && client_->answering(); };
        co_await Until(replaced);
        EXPECT_EQ(co_await Text("two"), "two");
    });
    EXPECT_EQ(health_.outages().value(), 1u);
}

TEST_F(ValkeyClientTest, AfterLateAnswersInARowNobodyIsMadeToWaitUntilItIsQuickAgain) {
    options_.reply_timeout = 5s;
    bool slow = true;
    std::size_t pings_owed = 0;
    server_.OnHello([&](const Words&) {
        if (server_.connections() == 1 && !slow) return Move{.bytes = "+PONG\r\n"};
        if (server_.heard().size() == 1) return Move{.bytes = "+PONG\r\n"};  // the login
        ++pings_owed;
        return Move{};
    });
    server_.OnCommand([&](const Words& words) { return slow ? Move{} : Echo(words); });
    RunWithClient([&]() -> Task<> {
        for (int n = 0; n < 3; ++n)
            EXPECT_EQ(co_await Text("slow", 10ms), "timeout");
        EXPECT_FALSE(client_->answering());
        EXPECT_EQ(stats_.connected.value(), 0);
        const std::size_t heard = server_.heard().size();
        for (int n = 0; n < 100; ++n)
            EXPECT_EQ(co_await Text("not asked", 10s), "unavailable");
        EXPECT_FALSE(client_->Tell(FormatCommand({"SET", "a", "b"})));
        const auto pinged = [&] { return pings_owed == 1; };
        co_await Until(pinged);
        EXPECT_LE(server_.heard().size(), heard + 1);  // the PING
        slow = false;
        server_.Send("$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n+PONG\r\n");
        const auto answering = [&] { return client_->answering(); };
        co_await Until(answering);
        EXPECT_EQ(co_await Text("quick"), "quick");
        EXPECT_EQ(server_.connections(), 1u);
        EXPECT_EQ(stats_.dropped_away.value(), 101u);
    });
    EXPECT_EQ(health_.outages().value(), 1u);
}

TEST_F(ValkeyClientTest, ASlowOneIsOneOutageHoweverOftenItIsConnectedTo) {
    options_.reply_timeout = 100ms;
    AnswerAfter(0ms);
    RunWithClient([&]() -> Task<> {
        AnswerAfter(150ms);  // in time for a login, later than any answer may be
        for (int n = 0; n < 3; ++n)
            EXPECT_EQ(co_await Text("late", 10ms), "timeout");
        // Each connection logs in, owes the answer to its PING, and is replaced.
        const auto replaced_often = [&] { return stats_.connects.value() >= 4; };
        bool answered = false;
        const auto seen = [&] {
            answered = answered || client_->answering() || stats_.connected.value() != 0;
            return replaced_often();
        };
        co_await Until(seen);
        EXPECT_FALSE(answered);
        EXPECT_EQ(co_await Text("not asked"), "unavailable");
        AnswerAfter(0ms);
        const auto answering = [&] { return client_->answering(); };
        co_await Until(answering);
        EXPECT_EQ(co_await Text("quick"), "quick");
    });
    EXPECT_EQ(health_.outages().value(), 1u);
}

TEST_F(ValkeyClientTest, OneThatOwedAnAnswerIsNotBackWithALateFirstOne) {
    options_.reply_timeout = 100ms;
    AnswerAfter(0ms);
    RunWithClient([&]() -> Task<> {
        AnswerAfter(150ms);
        EXPECT_TRUE(client_->Tell(FormatCommand({"SET", "a", "b"})));  // nobody waits: none is late
        const auto replaced_often = [&] {
            return stats_.connects.value() >= 4 && !client_->answering();
        };
        co_await Until(replaced_often);
        EXPECT_EQ(stats_.late.value(), 0u);
        AnswerAfter(0ms);
        const auto answering = [&] { return client_->answering(); };
        co_await Until(answering);
    });
    EXPECT_EQ(health_.outages().value(), 1u);
}

TEST_F(ValkeyClientTest, OneThatIsSlowFromTheStartIsAway) {
    options_.reply_timeout = 100ms;
    AnswerAfter(150ms);
    RunWithClient([&]() -> Task<> {
        EXPECT_FALSE(client_->answering());
        EXPECT_EQ(health_.outages().value(), 1u);
        AnswerAfter(0ms);
        const auto answering = [&] { return client_->answering(); };
        co_await Until(answering);
        EXPECT_EQ(co_await Text("quick"), "quick");
    });
    EXPECT_EQ(health_.outages().value(), 1u);
}

TEST_F(ValkeyClientTest, AFullQueueDropsAndSaysSo) {
    options_.queue_bytes_max = 1000;
    options_.reply_timeout = 5s;
    server_.OnCommand([](const Words&) { return Move{}; });
    RunWithClient([&]() -> Task<> {
        const std::string value(300, 'v');
        int taken = 0;
        for (int n = 0; n < 10; ++n) {
            if (client_->Tell(FormatCommand({"SET", "key", value}))) ++taken;
        }
        EXPECT_EQ(taken, 3);
        EXPECT_EQ(stats_.dropped_full.value(), 7u);
        EXPECT_EQ(co_await Text(value + value), "full");
        const auto all_came = [&] { return server_.heard().size() == 4; };
        co_await Until(all_came);
        server_.Send("+OK\r\n+OK\r\n+OK\r\n");
        const auto all_answered = [&] { return stats_.queued_bytes.value() == 0; };
        co_await Until(all_answered);
        EXPECT_TRUE(client_->Tell(FormatCommand({"SET", "key", value})));
        server_.Send("+OK\r\n");
    });
}

TEST_F(ValkeyClientTest, ARefusedLoginIsExplainedAndTriedAgain) {
    options_.user = "flux";
    options_.password = config::Secret("wrong");
    bool right = false;
    server_.OnHello([&](const Words& words) {
        if (words[0] == "PING") return Move{.bytes = right ? "+PONG\r\n" : "-NOAUTH no\r\n"};
        return Move{.bytes = right ? "+OK\r\n" : "-WRONGPASS invalid username-password pair\r\n"};
    });
    RunWithClient([&]() -> Task<> {
        EXPECT_FALSE(client_->answering());
        EXPECT_EQ(co_await Text("one"), "unavailable");
        right = true;
        const auto answering = [&] { return client_->answering(); };
        co_await Until(answering);
    });
    EXPECT_EQ(health_.outages().value(), 1u);
}

TEST_F(ValkeyClientTest, NobodyThereIsOneOutageHoweverOftenItIsTried) {
    server_.Leave();
    RunWithClient([&]() -> Task<> {
        EXPECT_FALSE(client_->answering());
        const auto tried_often = [&] { return stats_.connect_failures.value() >= 4; };
        co_await Until(tried_often);
        EXPECT_EQ(co_await Text("one"), "unavailable");
    });
    EXPECT_EQ(health_.outages().value(), 1u);
    EXPECT_EQ(stats_.connects.value(), 0u);
}

TEST_F(ValkeyClientTest, StoppingTellsWhoeverWaits) {
    server_.OnCommand([](const Words&) { return Move{}; });
    server_.OnHello([&](const Words&) {
        return Move{.bytes = server_.heard().size() == 1 ? "+PONG\r\n" : ""};
    });
    TaskGroup asking(shard);
    std::string heard;
    auto ask = [&]() -> Task<> { heard = co_await Text("never", 10s); };
    RunWithClient([&]() -> Task<> {
        asking.Spawn("ask", ask());
        const auto asked = [&] { return server_.heard().back()[0] == "GET"; };
        co_await Until(asked);
    });
    EXPECT_EQ(heard, "unknown");
    EXPECT_EQ(asking.running(), 0u);
    EXPECT_EQ(health_.outages().value(), 0u);
}

TEST_F(ValkeyClientTest, WhatWasToldBeforeTheStopIsSent) {
    server_.OnCommand([](const Words&) { return Move{.bytes = "+OK\r\n"}; });
    RunWithClient([&]() -> Task<> {
        const std::string large(1'000'000, 'v');
        for (int n = 0; n < 5; ++n)
            EXPECT_TRUE(client_->Tell(FormatCommand({"SET", std::to_string(n), large})));
        co_return;
    });
    std::size_t stored = 0;
    for (const Words& words : server_.heard())
        stored += words[0] == "SET" ? 1 : 0;
    EXPECT_EQ(stored, 5u);
}

}  // namespace
}  // namespace flux::valkey

// Every fault of Coinbase's feed, as its client meets it on the wire.
#include "json/json_check.h"
#include "json/json_fields.h"
#include "simulator/simulator_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;
using Frames = std::vector<std::string>;
using Enough = std::function<bool(const Frames&)>;

class FeedFaults : public SimulatorTest {
protected:
    FeedFaults() { Start(); }

    /// Puts a fault up before or after a client subscribes to two products, and returns what the
    /// client reads until `enough` of it says so; "END ..." is the reason of a lost connection.
    Frames Read(const std::string& before, const std::string& after, const Enough& enough) {
        if (!before.empty()) Control("faults", before);
        const std::uint64_t subscribes = simulator->stats().subscribes.value();
        std::promise<Frames> promise;
        shards[1].PostReserved([&] {
            boost::asio::co_spawn(
                shards[1].io(), Client(*this, enough, promise), boost::asio::detached
            );
        });
        const SteadyTime until = SystemClock::Instance().Now() + 20s;
        while (!after.empty() && simulator->stats().subscribes.value() == subscribes) {
            EXPECT_LT(SystemClock::Instance().Now(), until);
            shards.OnEachShard([](Shard&) {});  // lets a turn pass
        }
        if (!after.empty()) Control("faults", after);
        return promise.get_future().get();
    }

private:
    static Task<> Client(FeedFaults& test, Enough enough, std::promise<Frames>& promise) {
        Frames frames;
        net::WsClient client(test.WsOptions());
        const auto connected = co_await client.Connect();
        if (!connected) {
            frames.push_back("END " + connected.error().context);
            promise.set_value(frames);
            co_return;
        }
        const std::string request = R"({"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],)"
                                    R"("channels":["ticker","heartbeat"]})";
        const auto sent = co_await client.Write(request, 5s);
        EXPECT_TRUE(sent);
        while (frames.size() < 2000 && !enough(frames)) {
            const auto message = co_await client.Read(5s);
            if (!message) {
                frames.push_back("END " + message.error().context);
                break;
            }
            frames.emplace_back(message->payload);
        }
        promise.set_value(frames);
    }
};

/// Until a frame contains `text`, or the connection ended.
Enough Has(std::string text) {
    return [text](const Frames& frames) {
        return !frames.empty() &&
               (frames.back().find(text) != std::string::npos || frames.back().starts_with("END"));
    };
}

Enough Tickers(std::size_t count) {
    return [count](const Frames& frames) {
        const auto ticker = [](const std::string& frame) {
            return frame.starts_with(R"({"type":"ticker")");
        };
        return static_cast<std::size_t>(std::count_if(frames.begin(), frames.end(), ticker)) >=
               count;
    };
}

std::vector<std::int64_t> Sequences(const Frames& frames, const std::string& product) {
    std::vector<std::int64_t> sequences;
    for (const std::string& frame : frames) {
        if (json::Check(frame) && TextAt(frame, "type") == "ticker" &&
            TextAt(frame, "product_id") == product) {
            sequences.push_back(std::stoll(At(frame, "sequence")));
        }
    }
    return sequences;
}

TEST_F(FeedFaults, SocketsEnd) {
    EXPECT_THAT(Read("", R"({"fault":"drop_socket"})", Has("never")).back(), HasSubstr("END"));
    const Frames slow = Read("", R"({"fault":"slow_consume"})", Has("never"));
    ASSERT_GE(slow.size(), 2u);
    EXPECT_THAT(slow[slow.size() - 2], HasSubstr("ErrSlowConsume"));
    EXPECT_THAT(slow.back(), HasSubstr("END"));
    EXPECT_THAT(Read("", R"({"fault":"down"})", Has("never")).back(), HasSubstr("END"));
    EXPECT_THAT(Read("", "", Has("never")).back(), HasSubstr("END")) << "still down";
    Ask("DELETE", "/_simulator/faults", "");
    EXPECT_THAT(Read("", "", Tickers(1)).back(), HasSubstr("ticker"));
}

TEST_F(FeedFaults, HandshakesAreDeclined) {
    EXPECT_THAT(
        Read(R"({"fault":"http_429","retry_after":1})", "", Has("never")).back(), HasSubstr("429")
    );
    EXPECT_THAT(Read(R"({"fault":"http_500"})", "", Has("never")).back(), HasSubstr("500"));
    EXPECT_EQ(simulator->stats().declined.value(), 2u);
    // What an answer's body is about waits for a request that has one.
    EXPECT_THAT(Read(R"({"fault":"http_html"})", "", Tickers(1)).back(), HasSubstr("ticker"));
    EXPECT_EQ(Fetch("/products").Header("Content-Type"), "text/html; charset=utf-8");
}

TEST_F(FeedFaults, NothingIsSent) {
    const SteadyTime begin = SystemClock::Instance().Now();
    Read(R"({"fault":"silence","seconds":0.3})", "", Tickers(1));
    EXPECT_GE(SystemClock::Instance().Now() - begin, 300ms);
    const Frames muted =
        Read(R"({"fault":"mute","product":"BTC-USD","seconds":30})", "", Tickers(8));
    EXPECT_TRUE(Sequences(muted, "BTC-USD").empty());
    EXPECT_GE(Sequences(muted, "ETH-USD").size(), 8u);
}

TEST_F(FeedFaults, FramesAreOdd) {
    const Frames garbage = Read(R"({"fault":"garbage"})", "", Has("502 Bad Gateway"));
    EXPECT_EQ(garbage.back(), "<html>502 Bad Gateway</html>");
    const auto large = [](const Frames& frames) {
        return !frames.empty() && frames.back().size() > 512 * KiB;
    };
    EXPECT_GT(Read(R"({"fault":"huge_frame"})", "", large).back().size(), 512 * KiB);
    EXPECT_THAT(
        Read(R"({"fault":"unknown_type"})", "", Has("status_v9")).back(), HasSubstr("status_v9")
    );
    const auto sizeless = [](const Frames& frames) {
        return !frames.empty() && frames.back().find("ticker") != std::string::npos &&
               frames.back().find("subscriptions") == std::string::npos &&
               frames.back().find("best_bid_size") == std::string::npos;
    };
    EXPECT_THAT(Read(R"({"fault":"missing_sizes"})", "", sizeless).back(), HasSubstr("best_bid"));
}

TEST_F(FeedFaults, SequencesAreOdd) {
    const auto repeats = [](const Frames& frames, auto compare) {
        for (const char* product : {"BTC-USD", "ETH-USD"}) {
            const auto sequences = Sequences(frames, product);
            if (std::adjacent_find(sequences.begin(), sequences.end(), compare) !=
                sequences.end()) {
                return true;
            }
        }
        return false;
    };
    Read(R"({"fault":"duplicate"})", "", [&](const Frames& frames) {
        return repeats(frames, [](auto a, auto b) { return a == b; });
    });
    Read(R"({"fault":"out_of_order"})", "", [&](const Frames& frames) {
        return repeats(frames, [](auto a, auto b) { return b < a; });
    });
    const Frames leap = Read("", R"({"fault":"sequence_gap"})", [&](const Frames& frames) {
        return repeats(frames, [](auto a, auto b) { return b > a + 900'000; });
    });
    EXPECT_LT(leap.size(), 2000u) << "no gap came";
    EXPECT_THAT(Ask("GET", "/_simulator/faults", ""), HasSubstr("\r\n\r\n[]")) << "all were met";
}

TEST_F(FeedFaults, SubscribesAreNotAnswered) {
    const Frames silent = Read(R"({"fault":"no_ack"})", "", Tickers(5));
    for (const std::string& frame : silent)
        EXPECT_EQ(frame.find("subscriptions"), std::string::npos);
    const Frames partial =
        Read(R"({"fault":"partial","product":"ETH-USD"})", "", Has("subscriptions"));
    ASSERT_GE(partial.size(), 2u);
    EXPECT_THAT(partial[0], HasSubstr("ETH-USD is not a valid product"));
    EXPECT_THAT(partial.back(), HasSubstr(R"("product_ids":["BTC-USD"])"));
}

}  // namespace
}  // namespace flux::simulator

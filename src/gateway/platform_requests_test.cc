// The four requests of pages, what is pushed to rooms, and what a start asks for.
#include "bus/forwarding_bus.h"
#include "contract/commands.h"
#include "gateway/platform_fixture.h"

#include <set>

namespace flux::gateway {
namespace {

using namespace testing;
using contract::Failure;
using contract::ServiceState;
using net::testing::Eventually;

std::string Ask(std::string_view event) {
    return "[\"" + std::string(event) + "\"]";
}

contract::ErrorReply ErrorOf(const std::string& argument) {
    const auto reply = contract::DecodeErrorReply(argument);
    EXPECT_TRUE(reply.has_value()) << argument;
    return reply ? *reply : contract::ErrorReply();
}

std::string ReasonOf(const bus::Message& command) {
    const auto decoded = contract::DecodeRefreshCommand(command.payload.view());
    EXPECT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->requested_by, "bff");
    return decoded->reason;
}

TEST_F(PlatformTest, ARequestIsAnsweredAtOnceOrWhenItsEventComes) {
    Start();
    for (const PageRequest& request : kPageRequests) {
        SCOPED_TRACE(request.event);
        const auto page = Page();
        page->Emit(Ask(request.event));
        const Heard loading = Next(*page);
        EXPECT_EQ(loading.name, request.reply);
        EXPECT_TRUE(contract::DecodeLoadingReply(loading.argument).has_value()) << loading.argument;
        const auto commands = AwaitPublished(request.commands, 1);
        EXPECT_EQ(commands[0].key, request.command_key);
        EXPECT_EQ(ReasonOf(commands[0]), "refresh_cache");

        Publish(request.events, std::nullopt, contract::Golden(request.record));
        const Heard reply = Next(*page);
        EXPECT_EQ(reply.name, request.reply);
        EXPECT_EQ(reply.argument, contract::Golden(request.argument));
        // From now on it is there, and needs neither a room nor a command.
        const auto late = Page();
        late->Emit(Ask(request.event));
        const Heard at_once = Next(*late);
        EXPECT_EQ(at_once.name, request.reply);
        EXPECT_EQ(at_once.argument, contract::Golden(request.argument));
        EXPECT_EQ(Records(request.commands).size(), 1u);
    }
}

TEST_F(PlatformTest, ARequestMayBeAcknowledged) {
    Start();
    for (const PageRequest& request : kPageRequests) {
        const auto page = Page();
        const std::string loading = page->Ask(Ask(request.event));
        EXPECT_TRUE(loading.starts_with(R"([{"status":"loading")")) << loading;
        EXPECT_EQ(Next(*page).name, request.reply);
        Publish(request.events, std::nullopt, contract::Golden(request.record));
        EXPECT_EQ(Next(*page).argument, contract::Golden(request.argument));
        EXPECT_EQ(page->Ask(Ask(request.event)), "[" + contract::Golden(request.argument) + "]");
        EXPECT_EQ(Next(*page).argument, contract::Golden(request.argument));
    }
}

TEST_F(PlatformTest, ManyRequestsCauseOneCommandAndAllAreAnsweredOnce) {
    Start();
    const PageRequest& news = kPageRequests[3];
    std::vector<std::unique_ptr<RawClient>> pages;
    for (int n = 0; n < 20; ++n) {
        pages.push_back(Page());
        if (n % 2 == 0) pages.back()->Ask(Location("Pune"));  // in the room as well
        pages.back()->Emit(Ask(news.event));
        pages.back()->Emit(Ask(news.event));
    }
    for (const auto& page : pages)
        Drain(*page);
    AwaitPublished(news.commands, 1);
    Publish(news.events, "globalnews", contract::Golden(news.record));
    for (const auto& page : pages) {
        EXPECT_EQ(Await(*page, news.reply), contract::Golden(news.argument));
        for (const Heard& more : Drain(*page))
            EXPECT_NE(more.name, news.reply) << "a second time";
    }
}

TEST_F(PlatformTest, WhoIsInTheRoomsHearsEveryEvent) {
    Start();
    const auto page = Page();
    page->Ask(Location("Pune"));
    for (const PageRequest& request : kPageRequests) {
        Publish(request.events, std::nullopt, contract::Golden(request.record));
        EXPECT_EQ(Await(*page, request.reply), contract::Golden(request.argument));
    }
    // And who joins has all of them.
    const auto late = Page();
    late->Ask(Location("Pune"));
    std::set<std::string> heard;
    for (const Heard& event : Drain(*late))
        heard.insert(event.name + event.argument);
    for (const PageRequest& request : kPageRequests) {
        const std::string name(request.reply);
        EXPECT_TRUE(heard.contains(name + contract::Golden(request.argument))) << name;
    }
}

TEST_F(PlatformTest, AServiceThatIsNotThereIsToldToWhoWaits) {
    options_.desk.answer_time_max = 50ms;
    Start();
    for (const PageRequest& request : kPageRequests) {
        const auto page = Page();
        page->Emit(Ask(request.event));
        EXPECT_NE(Next(*page).argument.find("loading"), std::string::npos);
        const Heard failed = Next(*page);
        EXPECT_EQ(failed.name, request.reply);
        const contract::ErrorReply reply = ErrorOf(failed.argument);
        EXPECT_EQ(reply.error, Failure::kSourceDown);
        EXPECT_NE(reply.message.find(request.domain), std::string::npos) << reply.message;
        EXPECT_GT(reply.retry_at.value_or(0), 0);
    }
}

TEST_F(PlatformTest, WhyThereIsNoEventComesFromTheService) {
    options_.desk.answer_time_max = 200ms;
    Start();
    PublishStatus("stock", ServiceState::kDown, Failure::kKeyRefused);
    const auto page = Page();
    EXPECT_EQ(Next(*page).name, "serviceStatus");
    page->Emit(Ask("stockTopPerformersRequest"));
    EXPECT_NE(Next(*page).argument.find("loading"), std::string::npos);
    EXPECT_EQ(ErrorOf(Next(*page).argument).error, Failure::kKeyRefused);

    page->Emit(Ask("topNewsRequest"));
    EXPECT_NE(Next(*page).argument.find("loading"), std::string::npos);
    PublishStatus("news", ServiceState::kNoKey, Failure::kNoKey);
    const contract::ErrorReply no_key = ErrorOf(Await(*page, "newsUpdate"));
    EXPECT_EQ(no_key.error, Failure::kNoKey);
    EXPECT_EQ(no_key.message, "its reason");
    // Nothing will come, so nobody waits for it.
    page->Emit(Ask("topNewsRequest"));
    EXPECT_NE(Await(*page, "newsUpdate").find("loading"), std::string::npos);
    EXPECT_EQ(ErrorOf(Next(*page).argument).error, Failure::kNoKey);
}

TEST_F(PlatformTest, NobodyIsToldToComeAtATimeThatIsOver) {
    options_.desk.answer_time_max = 200ms;
    Start();
    const WallMillis began = SystemClock::Instance().WallNow();
    PublishStatus("news", ServiceState::kDegraded, Failure::kLimit, began - 1);
    const auto page = Page();
    page->Emit(Ask("topNewsRequest"));
    EXPECT_NE(Await(*page, "newsUpdate").find("loading"), std::string::npos);
    const contract::ErrorReply reply = ErrorOf(Await(*page, "newsUpdate"));
    EXPECT_EQ(reply.error, Failure::kLimit);
    EXPECT_GT(reply.retry_at.value_or(0), began);
}

TEST_F(PlatformTest, AServiceAtWorkIsWaitedForLonger) {
    options_.desk.answer_time_max = 100ms;
    Start();
    PublishStatus("stock", ServiceState::kLive, std::nullopt);
    const auto page = Page();
    const SteadyTime asked = SystemClock::Instance().Now();
    page->Emit(Ask("stockTopPerformersRequest"));
    EXPECT_NE(Await(*page, "stockTopPerformersResponse").find("loading"), std::string::npos);
    EXPECT_EQ(ErrorOf(Await(*page, "stockTopPerformersResponse")).error, Failure::kSourceDown);
    EXPECT_GE(SystemClock::Instance().Now() - asked, 1'400ms);
}

TEST_F(PlatformTest, TheStateOfServicesGoesToEverybody) {
    Start();
    const auto page = Page();
    Publish(kStatusEvents, "stock", contract::Golden("service_status"));
    const Heard heard = Next(*page);
    EXPECT_EQ(heard.name, "serviceStatus");
    EXPECT_EQ(heard.argument, contract::Golden("service_status"));
    Publish(kStatusEvents, "crypto", contract::Golden("service_status_live"));
    AwaitRecords(kStatusEvents, 2);
    RawClient late(port_);
    EXPECT_EQ(Next(late).name, "session:init") << "first, always";
    std::set<std::string> states;
    for (const Heard& event : Drain(late))
        states.insert(event.argument);
    EXPECT_EQ(
        states,
        std::set<std::string>(
            {contract::Golden("service_status"), contract::Golden("service_status_live")}
        )
    );
}

// Half a payload blanks a page, and yesterday's is better than none.
TEST_F(PlatformTest, WhatIsNotWholeIsCountedAndChangesNothing) {
    Start();
    const auto page = Page();
    page->Ask(Location("Pune"));
    Drain(*page);
    for (const PageRequest& request : kPageRequests)
        Publish(request.events, std::nullopt, contract::Golden(request.record));
    PublishWeather("Pune");
    Publish(kTickerEvents, "BTC-USD", contract::Golden("ticker_event"));
    for (int n = 0; n < 6; ++n)
        Next(*page);
    const std::string unavailable =
        R"({"topGainers":{"status":"unavailable","reason":"timeout","timestamp":1},)"
        R"("topLosers":{"status":"unavailable","reason":"timeout","timestamp":1}})";
    const std::string odd[] = {
        "{}",
        "[]",
        "null",
        "7",
        "\"x\"",
        unavailable,
        R"({"status":"success"})",
        contract::Golden("refresh_command"),
        contract::Golden("weather_fetch_command"),
        contract::Golden("session_init"),
        R"({"data":{"data":[]},"topCoins":{"__proto__":[]}})"};
    const std::string_view topics[] = {
        kTickerEvents,
        kMoversEvents,
        kTopCoinsEvents,
        kStockEvents,
        kNewsEvents,
        kWeatherEvents,
        kStatusEvents};
    for (const std::string_view topic : topics) {
        const std::uint64_t before = gateway_->StatsOf(topic)->records.value();
        for (const std::string& payload : odd)
            Publish(topic, "k", payload);
        Publish(topic, "k", "");
        Publish(topic, "k", "{broken");
        AwaitRecords(topic, before + std::size(odd) + 2);
        EXPECT_EQ(Skipped(topic), std::size(odd) + 1) << topic;
    }
    EXPECT_TRUE(Drain(*page).empty());
    const auto late = Page();
    late->Ask(Location("Pune"));
    EXPECT_EQ(Drain(*late).size(), 6u) << "all that was good is there still";
}

// Delivery is at least once: every event is the whole picture, so twice is the same as once.
TEST_F(PlatformTest, ARepeatedRecordChangesNothingVisible) {
    Start();
    const auto page = Page();
    page->Ask(Location("Pune"));
    Drain(*page);
    const std::string weather = contract::Encode(Weather("Pune"));
    struct Record {
        std::string_view topic;
        std::optional<std::string> key;
        std::string payload;
    };
    std::vector<Record> records{
        {kWeatherEvents, std::nullopt, weather},
        {kTickerEvents, "BTC-USD", contract::Golden("ticker_event")},
        {kStatusEvents, "stock", contract::Golden("service_status")}};
    for (const PageRequest& request : kPageRequests)
        records.push_back({request.events, std::nullopt, contract::Golden(request.record)});
    const auto picture = [this] {
        const auto late = Page();
        late->Ask(Location("Pune"));
        std::multiset<std::string> shown;
        for (const Heard& event : Drain(*late))
            shown.insert(event.name + event.argument);
        return shown;
    };
    for (const Record& record : records) {
        Publish(record.topic, record.key, record.payload);
        AwaitRecords(record.topic, 1);
    }
    const std::multiset<std::string> once = picture();
    EXPECT_EQ(once.size(), records.size());
    for (const Record& record : records) {
        for (int n = 0; n < 3; ++n)
            Publish(record.topic, record.key, record.payload);
        AwaitRecords(record.topic, 4);
    }
    EXPECT_EQ(picture(), once);
    std::set<std::string> heard;
    for (const Heard& event : Drain(*page))
        heard.insert(event.name + event.argument);
    EXPECT_EQ(heard, std::set<std::string>(once.begin(), once.end()));
    EXPECT_EQ(Records(kWeatherCommands).size(), 1u) << "of the first page, when it was cold";
}

TEST_F(PlatformTest, APoisonedDomainDelaysNoOther) {
    Start();
    const auto page = Page();
    page->Ask(Location("Pune"));
    Drain(*page);
    for (int n = 0; n < 200; ++n) {
        Publish(kMoversEvents, std::nullopt, "{\"topGainers\":");
        Publish(kWeatherEvents, std::nullopt, "{}");
    }
    Publish(kStockEvents, std::nullopt, contract::Golden("stock_event"));
    EXPECT_EQ(Next(*page).name, "stockTopPerformersResponse");
    PublishWeather("Pune");
    EXPECT_EQ(Next(*page).name, "weather.Pune.update");
    Publish(kMoversEvents, std::nullopt, contract::Golden("movers_event"));
    EXPECT_EQ(Next(*page).name, "cryptoTopMoversResponse");
    EXPECT_EQ(Skipped(kWeatherEvents), 200u);
}

/// Gives its records only when the test lets it.
class StalledBus final : public bus::ForwardingBus {
public:
    StalledBus(bus::EventBus& bus, std::string stalled)
        : ForwardingBus(bus),
          stalled_(std::move(stalled)) {}

    Task<Result<std::unique_ptr<bus::Subscription>>> Subscribe(
        bus::SubscribeOptions options, bus::BatchHandler handler
    ) override {
        if (options.topic.value() != stalled_) {
            co_return co_await bus_.Subscribe(std::move(options), std::move(handler));
        }
        bus::BatchHandler stall = [this, handler](const std::vector<bus::Message>& batch) {
            return Stall(handler, batch);
        };
        co_return co_await bus_.Subscribe(std::move(options), std::move(stall));
    }

    std::atomic<bool> go_on{false};
    std::atomic<bool> stalls{false};

private:
    Task<Result<void>> Stall(bus::BatchHandler handler, const std::vector<bus::Message>& batch) {
        stalls = true;
        while (!go_on) {
            const bool slept = co_await SleepFor(Milliseconds(1));
            if (!slept) break;
        }
        co_return co_await handler(batch);
    }

    const std::string stalled_;
};

TEST_F(PlatformTest, AStalledDomainDelaysNoOther) {
    StalledBus* stalled = nullptr;
    wrap_bus_ = [&](bus::EventBus& real) {
        auto bus = std::make_unique<StalledBus>(real, std::string(kWeatherEvents));
        stalled = bus.get();
        return bus;
    };
    Start();
    const auto page = Page();
    page->Ask(Location("Pune"));
    Drain(*page);
    PublishWeather("Pune");
    ASSERT_TRUE(Eventually([&] { return stalled->stalls.load(); }));
    for (const PageRequest& request : kPageRequests) {
        Publish(request.events, std::nullopt, contract::Golden(request.record));
        EXPECT_EQ(Next(*page).name, request.reply);
    }
    stalled->go_on = true;
    EXPECT_EQ(Next(*page).name, "weather.Pune.update");
}

TEST_F(PlatformTest, AColdGatewayAnswersRequestsFromTheCache) {
    UseMemoryCache();
    Start();
    const auto page = Page();
    page->Ask(Location("Pune"));
    Drain(*page);
    for (const PageRequest& request : kPageRequests)
        Publish(request.events, std::nullopt, contract::Golden(request.record));
    for (std::size_t n = 0; n < std::size(kPageRequests); ++n)
        Next(*page);
    const auto value = [&](const PageRequest& request) {
        const std::string key(request.cache_key);
        return RunOn((*shards_)[0], caches_->Of(ShardId(0)).Get(key));
    };
    for (const PageRequest& request : kPageRequests) {
        SCOPED_TRACE(request.cache_key);
        ASSERT_TRUE(Eventually([&] { return value(request).has_value(); }));
        const std::string cached = *value(request);
        EXPECT_NE(contract::Golden(request.record).find(cached), std::string::npos) << cached;
    }
    // Another gateway, which has seen no record.
    GatewayOptions options = options_;
    options.look_back.records_max = 0;
    OtherGateway cold(*shards_, *bus_, options, caches_.get());
    ASSERT_TRUE(cold.Start());
    const std::uint16_t port = cold.Listen();
    for (const PageRequest& request : kPageRequests) {
        RawClient other(port);
        EXPECT_EQ(Next(other).name, "session:init");
        other.Emit(Ask(request.event));
        EXPECT_NE(Next(other).argument.find("loading"), std::string::npos);
        EXPECT_EQ(Next(other).argument, contract::Golden(request.argument));
    }
}

TEST_F(PlatformTest, AStartAsksForWhatIsNotThere) {
    options_.desk.start_time_max = 30s;
    Start();
    std::promise<Result<void>> refreshed;
    (*shards_)[0].PostReserved([&] {
        boost::asio::co_spawn(
            (*shards_)[0].io(),
            gateway_->Refresh(),
            [&](const std::exception_ptr&, Result<void> result) {
                refreshed.set_value(std::move(result));
            }
        );
    });
    for (const PageRequest& request : kPageRequests) {
        const auto commands = AwaitPublished(request.commands, 1);
        EXPECT_EQ(
            ReasonOf(commands[0]), request.commands == kNewsCommands ? "initial_refresh" : "startup"
        );
    }
    auto done = refreshed.get_future();
    for (const PageRequest& request : kPageRequests) {
        EXPECT_EQ(done.wait_for(0s), std::future_status::timeout);
        if (request.domain == "stock") {  // which says that it will not come
            PublishStatus("stock", ServiceState::kDegraded, Failure::kLimit);
        } else {
            Publish(request.events, std::nullopt, contract::Golden(request.record));
        }
    }
    ASSERT_EQ(done.wait_for(20s), std::future_status::ready);
    EXPECT_TRUE(done.get().has_value());
    // What is there is not asked for again, and what another gateway has asked for neither.
    options_.desk.start_time_max = 0ms;
    OtherGateway other(*shards_, *bus_, options_);
    ASSERT_TRUE(other.Start());
    ASSERT_TRUE(RunOn((*shards_)[0], other.gateway().Refresh()).has_value());
    for (const PageRequest& request : kPageRequests)
        EXPECT_EQ(Records(request.commands).size(), 1u) << request.commands;
}

TEST_F(PlatformTest, AStartDoesNotWaitForServicesThatAreNotThere) {
    options_.desk.start_time_max = 50ms;
    Start();
    const SteadyTime began = SystemClock::Instance().Now();
    ASSERT_TRUE(RunOn((*shards_)[0], gateway_->Refresh()).has_value());
    EXPECT_GE(SystemClock::Instance().Now() - began, 50ms);
    for (const PageRequest& request : kPageRequests)
        EXPECT_EQ(Records(request.commands).size(), 1u);
}

// What a start has asked for is under way: who comes next is no reason to ask again.
TEST_F(PlatformTest, AClientCausesNoSecondCommandBesideThatOfTheStart) {
    options_.desk.start_time_max = 0ms;
    Start();
    ASSERT_TRUE(RunOn((*shards_)[0], gateway_->Refresh()).has_value());
    for (const PageRequest& request : kPageRequests) {
        const auto page = Page();
        page->Emit(Ask(request.event));
        EXPECT_NE(Next(*page).argument.find("loading"), std::string::npos);
        Publish(request.events, std::nullopt, contract::Golden(request.record));
        EXPECT_EQ(Next(*page).argument, contract::Golden(request.argument));
        EXPECT_EQ(Records(request.commands).size(), 1u) << request.commands;
    }
}

TEST_F(PlatformTest, AStartThatIsAbandonedWaitsForNobody) {
    options_.desk.start_time_max = 10min;
    Start();
    const auto abandoned = [] { return true; };
    ASSERT_TRUE(RunOn((*shards_)[0], gateway_->Refresh(Patience(), abandoned)).has_value());
}

}  // namespace
}  // namespace flux::gateway

// Whatever clients send: it is answered or counted, and changes nothing.
#include "gateway/platform_fixture.h"
#include "json/json_check.h"

namespace flux::gateway {
namespace {

using namespace testing;

std::string Nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

/// A megabyte is what a message may have; this is as much as fits.
std::string Megabyte() {
    return R"({"city":")" + std::string(990'000, 'x') + "\"}";
}

/// Arguments of an event, with their comma; all are JSON.
std::vector<std::string> OddArguments() {
    return {
        "",
        ",null",
        ",7",
        ",-0.0e-99",
        ",\"text\"",
        ",[]",
        ",{}",
        ",true",
        ",null,null,null",
        "," + Megabyte(),
        "," + Nested(50),
        R"(,{"city":{"city":{"city":{}}}})",
        R"(,{"city":"a\u0000b","country":"I\u0000N"})",
        R"(,{"city":"\ud800","country":"\udfff"})",
        R"(,{"city":"\ud83c\udfd9 Metropolis"})",
        ",{\"city\":\"القاهرة\",\"country\":\"EG\"}",
        ",{\"city\":\"\u202egnihtemos\u202c\"}",
        R"(,{"__proto__":{"city":"Pune"},"constructor":{"prototype":1}})",
        R"(,{"city":"__proto__","country":"constructor"})",
        R"(,{"city":"Pune","city":"Delhi"})",
        R"(,{"city":["Pune"],"country":7})",
        R"(,{"city":1e400})",
        ",{\"city\":\"" + std::string(101, 'y') + "\"}",
        R"(,{"city":"Pune","country":")" + std::string(5'000, 'z') + "\"}",
        R"(,{"lat":"28.6139","lon":"77.2090","ip":"0.0.0.0"})",
        R"(,{"city":"weather.x.update"})",
        R"(,{"city":"undefined","country":"null"})",
    };
}

class OddInput : public PlatformTest {
protected:
    void StartAll() {
        options_.intent_rate = {.per_second = 10'000, .burst = 10'000};
        options_.join_rate = {.per_second = 10'000, .burst = 10'000};
        options_.desk.session_cities = {.per_second = 10'000, .burst = 10'000};
        options_.desk.address_cities = {.per_second = 10'000, .burst = 10'000};
        options_.desk.total_cities = {.per_second = 10'000, .burst = 10'000};
        Start();
        for (const PageRequest& request : kPageRequests) {
            Publish(request.events, std::nullopt, contract::Golden(request.record));
            AwaitRecords(request.events, 1);
        }
    }

    std::uint64_t Total(IntentOutcome outcome) const {
        std::uint64_t total = 0;
        for (std::size_t shard = 0; shard < 2; ++shard) {
            const auto& intents = gateway_->ShardStatsOf(shard).intents;
            total += intents[static_cast<std::size_t>(outcome)].value();
        }
        return total;
    }
};

TEST_F(OddInput, EveryLocationIsAnsweredAndLeavesOneRoomAtMost) {
    StartAll();
    const auto page = Page();
    for (const std::string& argument : OddArguments()) {
        const std::string answer = page->Ask("[\"userLocationUpdate\"" + argument + "]");
        SCOPED_TRACE(argument.substr(0, 80));
        EXPECT_TRUE(answer.starts_with(R"([{"status":"success","rooms":[)")) << answer;
        EXPECT_LE(answer.size(), 1'000u);
        bool told = false;
        for (const Heard& heard : Drain(*page)) {
            const bool weather = heard.name == "weatherLoading" || heard.name == "weatherError";
            EXPECT_TRUE(weather || heard.argument.starts_with(R"({"status":"success")"))
                << heard.name;
            told = told || weather;
        }
        EXPECT_TRUE(told) << "loading, or why not";
        EXPECT_EQ(WeatherRooms(), 1);
    }
    // Nothing of it has spoiled anything for others.
    const auto other = Page();
    other->Ask(Location("Pune"));
    EXPECT_EQ(Drain(*other).size(), std::size(kPageRequests) + 1);
}

TEST_F(OddInput, CitiesOfEveryScriptAreCarriedAsTheyAre) {
    StartAll();
    for (const std::string city :
         {"القاهرة",
          "東京",
          "São Paulo",
          "🏙️",
          "Ωμέγα",
          "नई दिल्ली",
          "St. Louis",
          "O'Fallon \\\"x"}) {
        const auto page = Page();
        const std::string quoted = json::Quote(city);
        page->Emit("[\"userLocationUpdate\",{\"city\":" + quoted + ",\"country\":\"IN\"}]");
        EXPECT_EQ(json::AsString(*json::Member(Await(*page, "weatherLoading"), "city")), city);
        PublishWeather(city);
        Await(*page, "weather." + city + ".update");
    }
}

TEST_F(OddInput, RequestsIgnoreTheirArguments) {
    StartAll();
    for (const PageRequest& request : kPageRequests) {
        const auto page = Page();
        for (const std::string& argument : OddArguments()) {
            const std::string event = "[\"" + std::string(request.event) + "\"" + argument + "]";
            EXPECT_EQ(page->Ask(event), "[" + contract::Golden(request.argument) + "]");
            EXPECT_EQ(Next(*page).argument, contract::Golden(request.argument));
        }
    }
}

TEST_F(OddInput, TheIdIsToldWhateverComesWithTheQuestion) {
    StartAll();
    const auto page = Page("ann");
    for (const std::string& argument : OddArguments()) {
        EXPECT_EQ(page->Ask("[\"getUserId\"" + argument + "]"), R"(["ann"])");
        EXPECT_EQ(Next(*page).name, "userUniqueId");
    }
}

TEST_F(OddInput, UnknownEventsAreRefusedAndCounted) {
    StartAll();
    const auto page = Page();
    for (const char* const name :
         {"__proto__",
          "constructor",
          "toString",
          "weather.x.update",
          "session:init",
          "serviceStatus",
          "\\u0000",
          "\\ud800",
          "cryptoTopMoversResponse",
          "everyone"}) {
        const std::string answer = page->Ask("[\"" + std::string(name) + "\",{}]");
        EXPECT_NE(answer.find(R"("error":"bad_request")"), std::string::npos) << name << answer;
    }
    EXPECT_EQ(Total(IntentOutcome::kUnknown), 10u);
    EXPECT_TRUE(Drain(*page).empty());
}

TEST_F(OddInput, GuestsOfEveryKindAreGreeted) {
    StartAll();
    for (const std::string auth :
         {R"({"guestId":null})",
          R"({"guestId":7})",
          R"({"guestId":{}})",
          R"({"guestId":[]})",
          R"({"guestId":""})",
          R"({"guestId":"  "})",
          R"({"guestId":"\u0000"})",
          R"({"guestId":"\ud800"})",
          R"({"__proto__":{"guestId":"x"}})"}) {
        RawClient client(port_, auth);
        ASSERT_TRUE(client.connected()) << auth;
        const auto init = contract::DecodeSessionInit(Next(client).argument);
        ASSERT_TRUE(init.has_value()) << auth;
        EXPECT_FALSE(init->user_id.empty());
    }
    RawClient endless(port_, R"({"guestId":")" + std::string(129, 'g') + "\"}");
    EXPECT_EQ(contract::DecodeSessionInit(Next(endless).argument)->user_id.size(), 36u);
}

}  // namespace
}  // namespace flux::gateway

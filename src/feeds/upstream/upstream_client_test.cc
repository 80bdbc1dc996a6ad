#include "feeds/upstream/upstream_client.h"

#include "feeds/upstream/upstream_rig.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

using contract::Failure;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kKey = "hush-hush/1+2";

class UpstreamClientTest : public testing::UpstreamRig {
public:
    UpstreamClientTest() {
        options.name = "Vendor";
        options.base = BaseUrl("http", "/api/v1");
        options.user_agent = "flux-test";
        options.key = kKey;
        options.needs_key = true;
        options.key_parameter = "appid";
        options.time_max = 5s;
        options.retry_first = 4ms;
        options.retry_longest = 2s;
    }

    UpstreamClient& client() {
        if (!client_) client_ = std::make_unique<UpstreamClient>(options, clock, random, stats);
        return *client_;
    }

    /// Runs the body of a test inside the shard's loop, so that Drive may run that loop further;
    /// the turns of the shard, and with them its deadlines, rest meanwhile.
    void OnShard(const std::function<void()>& body) {
        shard.PostReserved([&] {
            body();
            shard.Stop();
        });
        shard.Run();
    }

    void Drive(Task<> task) {
        TaskGroup group(shard);
        group.Spawn("test", std::move(task));
        const SteadyTime until = SystemClock::Instance().Now() + 30s;
        while (group.running() > 0 && SystemClock::Instance().Now() < until)
            shard.io().run_one_for(100ms);
        FLUX_ASSERT(group.running() == 0);
    }

    UpstreamClient::Answer Get(std::string endpoint = "/data?x=1", JudgeAnswer judge = {}) {
        UpstreamClient::Answer answer;
        Drive(
            [](UpstreamClient& asked, std::string what, JudgeAnswer how, UpstreamClient::Answer& out
            ) -> Task<> {
                out = co_await asked.Get(std::move(what), std::move(how));
            }(client(), std::move(endpoint), std::move(judge), answer)
        );
        return answer;
    }

    /// The error of a call that has to fail.
    UpstreamError Fail(JudgeAnswer judge = {}) {
        auto answer = Get("/data?x=1", std::move(judge));
        EXPECT_TRUE(std::holds_alternative<UpstreamError>(answer));
        if (!std::holds_alternative<UpstreamError>(answer)) return UpstreamError();
        return std::get<UpstreamError>(answer);
    }
    bool Succeeds() { return std::holds_alternative<net::HttpReply>(Get()); }

    Milliseconds Until(const UpstreamError& error) const {
        return Milliseconds(error.retry_at.value_or(0) - clock.WallNow());
    }

    UpstreamOptions options;
    UpstreamStats stats;
    Random random{1};

private:
    std::unique_ptr<UpstreamClient> client_;
};

TEST_F(UpstreamClientTest, SendsTheKeyAsAQueryParameter) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(200, "{}")});
        const auto answer = Get();
        ASSERT_TRUE(std::holds_alternative<net::HttpReply>(answer));
        EXPECT_EQ(std::get<net::HttpReply>(answer).body, "{}");
        ASSERT_THAT(peer.heard(), SizeIs(1));
        EXPECT_THAT(
            peer.heard()[0],
            AllOf(
                StartsWith("GET /api/v1/data?x=1&appid=hush-hush%2F1%2B2 HTTP/1.1\r\n"),
                HasSubstr("User-Agent: flux-test\r\n")
            )
        );
        EXPECT_EQ(stats.calls.value(), 1u);
        EXPECT_EQ(stats.succeeded.value(), 1u);
    });
}

TEST_F(UpstreamClientTest, BeginsTheQueryWithTheKeyWhereThereIsNone) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(200, "{}")});
        Get("/data");
        EXPECT_THAT(peer.heard()[0], StartsWith("GET /api/v1/data?appid=hush-hush%2F1%2B2 HTTP"));
    });
}

TEST_F(UpstreamClientTest, SendsTheKeyAsAHeader) {
    OnShard([&] {
        options.key_parameter.clear();
        options.key_header = "X-Token";
        AnswerInTurn({HttpAnswer(200, "{}")});
        Get();
        EXPECT_THAT(
            peer.heard()[0],
            AllOf(
                StartsWith("GET /api/v1/data?x=1 HTTP/1.1\r\n"),
                HasSubstr("X-Token: hush-hush/1+2\r\n")
            )
        );
    });
}

TEST_F(UpstreamClientTest, SendsNothingWithoutAKey) {
    OnShard([&] {
        options.key.clear();
        const UpstreamError error = Fail();
        EXPECT_EQ(error.failure, Failure::kNoKey);
        EXPECT_THAT(error.message, HasSubstr("key"));
        EXPECT_THAT(peer.heard(), SizeIs(0));
        EXPECT_EQ(stats.not_sent.value(), 1u);
        EXPECT_EQ(stats.calls.value(), 0u);
    });
}

TEST_F(UpstreamClientTest, KeepsTheKeyOutOfEveryErrorEvenIfTheSourceRepeatsIt) {
    OnShard([&] {
        const std::string padding(190, 'x');  // so that the key is where a detail is cut
        AnswerInTurn({HttpAnswer(401, padding + std::string(kKey) + " and hush-hush%2F1%2B2")});
        const UpstreamError error = Fail();
        EXPECT_EQ(error.failure, Failure::kKeyRefused);
        EXPECT_THAT(
            error.detail, AllOf(HasSubstr("401"), HasSubstr("***"), Not(HasSubstr("hush")))
        );
        EXPECT_THAT(error.message, Not(HasSubstr("hush")));
        JudgeAnswer judge = [](const net::HttpReply&) {
            UpstreamError refused;
            refused.failure = Failure::kBadData;
            refused.message = fmt::format("no {}", kKey);
            refused.detail = fmt::format("no {}", kKey);
            return std::optional(refused);
        };
        AnswerInTurn({HttpAnswer(200, "{}")});
        const UpstreamError judged = Fail(std::move(judge));
        EXPECT_EQ(judged.message, "no ***");
        EXPECT_EQ(judged.detail, "no ***");
    });
}

TEST_F(UpstreamClientTest, NamesWhatAStatusMeans) {
    OnShard([&] {
        options.breaker.failures = 100;
        options.tries = 1;
        const std::vector<std::pair<int, Failure>> cases{
            {204, Failure::kBadData},
            {302, Failure::kBadData},
            {400, Failure::kBadData},
            {401, Failure::kKeyRefused},
            {403, Failure::kKeyRefused},
            {404, Failure::kBadData},
            {500, Failure::kSourceDown},
            {503, Failure::kSourceDown},
            {429, Failure::kLimit}};
        for (const auto& [status, failure] : cases) {
            AnswerInTurn({HttpAnswer(status, "", "Location: /elsewhere\r\n")});
            const UpstreamError error = Fail();
            EXPECT_EQ(error.failure, failure) << status;
            EXPECT_EQ(error.reason, "api_error");
            EXPECT_FALSE(error.message.empty());
        }
        EXPECT_EQ(peer.heard().size(), cases.size());  // no redirect was followed
        EXPECT_EQ(stats.limited.value(), 1u);
        EXPECT_EQ(stats.failed.value(), cases.size() - 1);
    });
}

TEST_F(UpstreamClientTest, TriesAgainWhatMayPass) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(500, ""), HttpAnswer(200, "{}")});
        EXPECT_TRUE(Succeeds());
        AnswerInTurn({"", HttpAnswer(200, "{}")});  // a dropped connection
        EXPECT_TRUE(Succeeds());
        EXPECT_EQ(stats.calls.value(), 4u);
        EXPECT_EQ(stats.failed.value(), 2u);
        AnswerInTurn({HttpAnswer(500, "")});
        EXPECT_EQ(Fail().failure, Failure::kSourceDown);
        EXPECT_EQ(stats.calls.value(), 6u);  // two tries, no more
    });
}

TEST_F(UpstreamClientTest, ACutBodyIsALostConnection) {
    OnShard([&] {
        AnswerInTurn({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut", HttpAnswer(200, "{}")}
        );
        EXPECT_TRUE(Succeeds());
        EXPECT_EQ(stats.calls.value(), 2u);
    });
}

TEST_F(UpstreamClientTest, DoesNotTryAgainWhatWillNotPass) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(400, ""), HttpAnswer(200, "{}")});
        EXPECT_EQ(Fail().failure, Failure::kBadData);
        EXPECT_EQ(stats.calls.value(), 1u);
    });
}

TEST_F(UpstreamClientTest, ASilentSourceIsGivenUpInTimeAndNotAskedTwice) {
    options.time_max = 100ms;
    AnswerInTurn({std::nullopt});
    Run([](UpstreamClient& asked) -> Task<> {
        const auto answer = co_await asked.Get("/data");
        const auto* const error = std::get_if<UpstreamError>(&answer);
        EXPECT_NE(error, nullptr);
        if (error == nullptr) co_return;
        EXPECT_EQ(error->failure, Failure::kSourceDown);
        EXPECT_EQ(error->reason, "timeout");
    }(client()));
    EXPECT_EQ(stats.calls.value(), 1u);
}

TEST_F(UpstreamClientTest, ABodyOverTheCapIsBadData) {
    OnShard([&] {
        options.body_bytes_max = 100;
        AnswerInTurn({HttpAnswer(200, std::string(101, ' '))});
        EXPECT_EQ(Fail().failure, Failure::kBadData);
        EXPECT_EQ(stats.calls.value(), 1u);
    });
}

TEST_F(UpstreamClientTest, ThreeFailuresOpenItAndOneCallTriesAfterTheCooldown) {
    OnShard([&] {
        options.tries = 1;
        AnswerInTurn({HttpAnswer(500, "")});
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(Fail().reason, "api_error");
        const UpstreamError open = Fail();
        EXPECT_EQ(open.reason, "circuit_open");
        EXPECT_EQ(open.failure, Failure::kSourceDown);
        EXPECT_GT(Until(open), 55s);
        EXPECT_LE(Until(open), 60s);
        EXPECT_EQ(stats.calls.value(), 3u);
        EXPECT_EQ(stats.breaker_opened.value(), 1u);
        clock.Advance(60s);
        EXPECT_EQ(Fail().reason, "api_error");  // the one that tries
        EXPECT_EQ(Fail().reason, "circuit_open");
        EXPECT_EQ(stats.calls.value(), 4u);
        clock.Advance(60s);
        AnswerInTurn({HttpAnswer(200, "{}")});
        EXPECT_TRUE(Succeeds());
        EXPECT_TRUE(Succeeds());
    });
}

TEST_F(UpstreamClientTest, OnlyOneOfManyTriesWhileItIsHalfOpen) {
    OnShard([&] {
        options.tries = 1;
        AnswerInTurn({HttpAnswer(500, "")});
        for (int i = 0; i < 3; ++i)
            Fail();
        clock.Advance(60s);
        AnswerInTurn({HttpAnswer(200, "{}")});
        int answered = 0;
        int refused = 0;
        auto ask = [&]() -> Task<> {
            const auto answer = co_await client().Get("/data");
            if (std::holds_alternative<net::HttpReply>(answer)) {
                ++answered;
            } else if (std::get<UpstreamError>(answer).reason == "circuit_open") {
                ++refused;
            }
        };
        Drive([](UpstreamClientTest& rig, std::function<Task<>()> one) -> Task<> {
            TaskGroup many(rig.shard);
            for (int i = 0; i < 5; ++i)
                many.Spawn("ask", one());
            auto all_done = [&] { return many.running() == 0; };
            const bool ended = co_await rig.Eventually(std::move(all_done));
            EXPECT_TRUE(ended);
        }(*this, ask));
        EXPECT_EQ(answered, 1);
        EXPECT_EQ(refused, 4);
    });
}

TEST_F(UpstreamClientTest, ARefusedKeyOpensItAndStaysTheReason) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(401, "{}")});
        for (int i = 0; i < 3; ++i)
            Fail();
        const UpstreamError open = Fail();
        EXPECT_EQ(open.reason, "circuit_open");
        EXPECT_EQ(open.failure, Failure::kKeyRefused);
        EXPECT_EQ(stats.calls.value(), 3u);
    });
}

TEST_F(UpstreamClientTest, AnErrorThatIsTheAskersFaultLeavesItClosed) {
    OnShard([&] {
        JudgeAnswer judge = [](const net::HttpReply&) {
            UpstreamError unknown;
            unknown.failure = Failure::kNoCity;
            return std::optional(unknown);
        };
        AnswerInTurn({HttpAnswer(404, "")});
        for (int i = 0; i < 5; ++i)
            EXPECT_EQ(Fail(judge).failure, Failure::kNoCity);
        EXPECT_EQ(stats.calls.value(), 5u);
        EXPECT_EQ(stats.succeeded.value(), 5u);
    });
}

TEST_F(UpstreamClientTest, KeepsAwayAsLongAsRetryAfterSays) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(429, "", "Retry-After: 7\r\n"), HttpAnswer(200, "{}")});
        const UpstreamError error = Fail();
        EXPECT_EQ(error.failure, Failure::kLimit);
        EXPECT_GT(Until(error), 5s);
        EXPECT_LE(Until(error), 7s);
        const UpstreamError unsent = Fail();
        EXPECT_EQ(unsent.failure, Failure::kLimit);
        EXPECT_EQ(stats.calls.value(), 1u);
        EXPECT_EQ(stats.not_sent.value(), 1u);
        clock.Advance(7s);
        EXPECT_TRUE(Succeeds());
        EXPECT_EQ(stats.breaker_opened.value(), 0u);
    });
}

TEST_F(UpstreamClientTest, UnderstandsADateInRetryAfter) {
    OnShard([&] {
        const std::time_t in_ninety = clock.WallNow() / 1000 + 90;
        std::tm parts{};
        gmtime_r(&in_ninety, &parts);
        char date[64];
        std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        AnswerInTurn({HttpAnswer(429, "", fmt::format("Retry-After: {}\r\n", date))});
        const UpstreamError error = Fail();
        EXPECT_GT(Until(error), 80s);
        EXPECT_LE(Until(error), 90s);
    });
}

TEST_F(UpstreamClientTest, KeepsAwayAMinuteAfterALimitThatSaysNothing) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(429, "blocked"), HttpAnswer(200, "{}")});
        EXPECT_GT(Until(Fail()), 55s);
        clock.Advance(59s);
        EXPECT_EQ(Fail().failure, Failure::kLimit);
        EXPECT_EQ(stats.calls.value(), 1u);
        clock.Advance(1s);
        EXPECT_TRUE(Succeeds());
    });
}

TEST_F(UpstreamClientTest, AShortRetryAfterOfA503IsWaitedFor) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(503, "", "Retry-After: 1\r\n"), HttpAnswer(200, "{}")});
        const SteadyTime before = clock.Now();
        EXPECT_TRUE(Succeeds());
        EXPECT_GE(clock.Now() - before, 1s);
    });
}

TEST_F(UpstreamClientTest, ALongRetryAfterOfA503ClosesTheBudget) {
    OnShard([&] {
        AnswerInTurn({HttpAnswer(503, "", "Retry-After: 120\r\n"), HttpAnswer(200, "{}")});
        const UpstreamError error = Fail();
        EXPECT_EQ(error.failure, Failure::kSourceDown);
        EXPECT_GT(Until(error), 110s);
        EXPECT_EQ(Fail().failure, Failure::kLimit);
        EXPECT_EQ(stats.calls.value(), 1u);
    });
}

TEST_F(UpstreamClientTest, NeverAsksMoreThanItsLimit) {
    OnShard([&] {
        options.limits = {{3, 60s}};
        AnswerInTurn({HttpAnswer(200, "{}")});
        for (int i = 0; i < 3; ++i)
            EXPECT_TRUE(Succeeds());
        const UpstreamError error = Fail();
        EXPECT_EQ(error.failure, Failure::kLimit);
        EXPECT_GT(Until(error), 50s);
        EXPECT_LE(Until(error), 60s);
        EXPECT_EQ(stats.calls.value(), 3u);
        clock.Advance(61s);
        EXPECT_TRUE(Succeeds());
    });
}

TEST_F(UpstreamClientTest, ATryAgainCountsAsACall) {
    OnShard([&] {
        options.limits = {{1, 60s}};
        AnswerInTurn({HttpAnswer(500, ""), HttpAnswer(200, "{}")});
        EXPECT_EQ(Fail().failure, Failure::kSourceDown);
        EXPECT_EQ(stats.calls.value(), 1u);
    });
}

TEST_F(UpstreamClientTest, AnUnknownAuthorityIsRefusedAndTheRightOneBelieved) {
    OnShard([&] {
        const auto certificate = net::testing::MakeCertificate("127.0.0.1");
        const auto other = net::testing::MakeCertificate("127.0.0.1");
        peer.UseTls(certificate);
        AnswerInTurn({HttpAnswer(200, "{}")});
        options.base = BaseUrl("https", "/api/v1");
        options.tries = 1;
        options.trust = net::TlsTrust::FromFile(CertificateFile(other)).value();
        const UpstreamError error = Fail();
        EXPECT_EQ(error.failure, Failure::kSourceDown);
        EXPECT_THAT(error.detail, HasSubstr("certificate"));
        for (const std::string& heard : peer.heard())
            EXPECT_THAT(heard, Not(HasSubstr("GET")));
        options.trust = net::TlsTrust::FromFile(CertificateFile(certificate)).value();
        UpstreamClient trusting(options, clock, random, stats);
        Drive([](UpstreamClient& asked) -> Task<> {
            const auto answer = co_await asked.Get("/data");
            EXPECT_TRUE(std::holds_alternative<net::HttpReply>(answer));
        }(trusting));
    });
}

TEST(CheckKey, TakesVisibleCharactersOnly) {
    EXPECT_TRUE(CheckKey("openweather.key", ""));
    EXPECT_TRUE(CheckKey("openweather.key", "0123abcDEF-_~!"));
    for (const std::string bad : {"a b", "a\r\nX: y", "a\n", "\xc3\xa4"}) {
        const auto checked = CheckKey("openweather.key", bad);
        ASSERT_FALSE(checked) << bad;
        EXPECT_THAT(checked.error().context, HasSubstr("openweather.key"));
        EXPECT_THAT(checked.error().context, Not(HasSubstr(bad)));
    }
    EXPECT_FALSE(CheckKey("openweather.key", std::string(513, 'a')));
}

}  // namespace
}  // namespace flux::feeds

#include "gateway/id_claim.h"

#include "contract/topics.h"
#include "gateway/gateway_fixture.h"
#include "gateway/process_identity.h"

#include <sys/wait.h>
#include <unistd.h>

namespace flux::gateway {
namespace {

using testing::GatewayTest;
using testing::RunOn;

IdClaimTimes Quick() {
    IdClaimTimes times;
    times.beat = Milliseconds(50);
    times.silence = Milliseconds(2'000);
    times.echo = Milliseconds(60'000);
    return times;
}

/// A process id that was this test's child's and is free again.
pid_t EndedProcess() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
}

class IdClaimTest : public GatewayTest {
protected:
    void SetUp() override {
        GatewayTest::SetUp();
        Start();
    }

    void TearDown() override {
        for (const std::unique_ptr<IdClaim>& claim : claims_)
            Release(*claim);
        const auto forget = [this]() -> Task<bool> {
            claims_.clear();
            co_return true;
        };
        RunOn((*shards_)[0], forget());
        GatewayTest::TearDown();
    }

    IdClaim& Make(contract::GatewayClaim self) {
        return *claims_.emplace_back(
            std::make_unique<IdClaim>((*shards_)[0], *bus_, std::move(self), times_, metrics_)
        );
    }

    /// Another run than this process, of which nobody here can tell whether it lives.
    static contract::GatewayClaim Elsewhere() {
        contract::GatewayClaim claim = ClaimOfThisProcess('a');
        claim.host = "elsewhere";
        claim.machine = "another";
        return claim;
    }

    Result<void> Take(IdClaim& claim) {
        return RunOn((*shards_)[0], claim.Take([] { return false; }));
    }

    void Release(IdClaim& claim) { RunOn((*shards_)[0], claim.Release()); }

    void Say(const contract::GatewayClaim& claim) {
        Publish(contract::kGateways.name, claim.id, contract::Encode(claim));
    }

    void MakeTopic(std::int32_t partitions = 1) {
        bus::TopicName topic{std::string(contract::kGateways.name)};
        bus::TopicOptions options;
        options.partitions = partitions;
        ASSERT_TRUE(RunOn((*shards_)[0], bus_->EnsureTopic(topic, options)));
    }

    bool Conflict() { return metrics_.Scrape().find("gateway_id_conflict 1") != std::string::npos; }

    IdClaimTimes times_ = Quick();
    std::vector<std::unique_ptr<IdClaim>> claims_;
};

TEST_F(IdClaimTest, AnIdThatIsInUseIsRefusedAndItsOwnerNamed) {
    contract::GatewayClaim owner = Elsewhere();
    owner.process = 4711;
    ASSERT_TRUE(Take(Make(owner)));
    const Result<void> refused = Take(Make(ClaimOfThisProcess('a')));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    for (const char* word : {"gateway.id 'a'", "process 4711", "host elsewhere", "--gateway.id"})
        EXPECT_NE(refused.error().context.find(word), std::string::npos) << word;
    EXPECT_TRUE(Take(Make(ClaimOfThisProcess('b')))) << "another id is free";
    Release(*claims_[0]);
    EXPECT_TRUE(Take(Make(ClaimOfThisProcess('a')))) << "and so is one that was given back";
}

TEST_F(IdClaimTest, OfSeveralAtOnceOneGetsIt) {
    std::vector<std::future<Result<void>>> outcomes;
    for (int i = 0; i < 4; ++i) {
        IdClaim& claim = Make(Elsewhere());
        outcomes.push_back(std::async(std::launch::async, [this, &claim] { return Take(claim); }));
    }
    int won = 0;
    for (auto& outcome : outcomes)
        won += outcome.get().has_value() ? 1 : 0;
    EXPECT_EQ(won, 1);
}

TEST_F(IdClaimTest, WhoEndedWithoutAWordHoldsItsIdForAWhile) {
    MakeTopic();
    Say(Elsewhere());
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(Take(Make(ClaimOfThisProcess('a'))));
    EXPECT_GE(std::chrono::steady_clock::now() - began, times_.silence);
}

TEST_F(IdClaimTest, ATopicOfSeveralPartitionsIsLookedBackAtWhole) {
    MakeTopic(3);
    Say(Elsewhere());
    const auto marks = RunOn(
        (*shards_)[0], bus_->Watermarks(bus::TopicName(std::string(contract::kGateways.name)))
    );
    ASSERT_TRUE(marks);
    ASSERT_EQ(marks->front().second, bus::Offset(0)) << "its partition is another";
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(Take(Make(ClaimOfThisProcess('a'))));
    EXPECT_GE(std::chrono::steady_clock::now() - began, times_.silence) << "it was heard of";
}

TEST_F(IdClaimTest, OnThisMachineItIsSeenAtOnceThatAProcessHasEnded) {
    MakeTopic();
    contract::GatewayClaim ended = ClaimOfThisProcess('a');
    ended.process = EndedProcess();
    Say(ended);
    contract::GatewayClaim reused = ClaimOfThisProcess('a');
    reused.began = "1";  // the number is this process's by now
    Say(reused);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(Take(Make(ClaimOfThisProcess('a'))));
    EXPECT_LT(std::chrono::steady_clock::now() - began, times_.silence);
}

TEST_F(IdClaimTest, OneThatComesBackToFindItsIdInUseSaysSo) {
    times_.silence = Milliseconds(1'000);
    ASSERT_TRUE(Take(Make(ClaimOfThisProcess('a'))));
    const contract::GatewayClaim other = Elsewhere();
    const auto heard = [&] {
        Say(other);
        return Conflict();
    };
    EXPECT_FALSE(Conflict());
    // On a busy machine a pause may make it start over: longer than Eventually.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    bool found = false;
    while (!found && std::chrono::steady_clock::now() < give_up)
        found = heard();
    EXPECT_TRUE(found);
    contract::GatewayClaim gone = other;
    gone.gone = true;
    Say(gone);
    EXPECT_TRUE(net::testing::Eventually([&] { return !Conflict(); }));
}

TEST_F(IdClaimTest, StrangeRecordsAreNobodysClaim) {
    MakeTopic();
    Publish(contract::kGateways.name, "a", "no json");
    Publish(contract::kGateways.name, "a", "{}");
    Publish(contract::kGateways.name, std::nullopt, "[]");
    EXPECT_TRUE(Take(Make(ClaimOfThisProcess('a'))));
}

}  // namespace
}  // namespace flux::gateway

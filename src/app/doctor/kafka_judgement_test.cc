#include "app/doctor/kafka_judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace flux::app::doctor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

bus::KafkaVersions Kafka4() {
    return {
        {0, {0, 13}},
        {1, {4, 18}},
        {2, {1, 11}},
        {3, {0, 13}},
        {19, {2, 7}},
        {22, {0, 5}},
        {32, {1, 4}},
        {55, {0, 2}}};
}

KafkaServerFacts Server(KafkaTrouble trouble, std::string reason = "why") {
    KafkaServerFacts server;
    server.address = "k:9092";
    server.trouble = trouble;
    server.reason = std::move(reason);
    server.versions = Kafka4();
    server.mechanisms = {"SCRAM-SHA-512"};
    return server;
}

bus::KafkaSecurity Login() {
    bus::KafkaSecurity security;
    security.protocol = "sasl_ssl";
    security.sasl_mechanism = "PLAIN";
    security.sasl_username = "flux";
    return security;
}

Finding JudgeOne(KafkaTrouble trouble) {
    return JudgeServers({Server(trouble)}, Login()).front();
}

KafkaTopicFacts Topic(std::int32_t partitions = 1) {
    KafkaTopicFacts topic;
    topic.name = "t";
    topic.owner = KafkaTopicFacts::Owner::kRow;
    topic.wanted.partitions = partitions;
    topic.wanted.replication = 1;
    topic.has = topic.wanted;
    topic.health.least_in_sync = 1;
    return topic;
}

TEST(KafkaJudgement, AServerThatAnswersIsWell) {
    const Finding finding = JudgeOne(KafkaTrouble::kNone);
    EXPECT_EQ(finding.verdict, Verdict::kOk);
    EXPECT_EQ(finding.text, "answers: Kafka 4 or newer, over TLS, logged in as flux");
    EXPECT_THAT(finding.remedy, IsEmpty());
}

TEST(KafkaJudgement, EveryTroubleIsNamedWithWhatToDo) {
    const std::vector<std::pair<KafkaTrouble, std::pair<std::string, std::string>>> troubles{
        {KafkaTrouble::kNoSuchName, {"name is not known", "DNS"}},
        {KafkaTrouble::kNameServiceSilent, {"could not be looked up", "resolv.conf"}},
        {KafkaTrouble::kNotReached, {"nothing could be reached", "start Kafka there"}},
        {KafkaTrouble::kOwnFile, {"certificate file", "kafka.ca_file"}},
        {KafkaTrouble::kNotBelieved, {"is not believed", "kafka.ca_file"}},
        {KafkaTrouble::kNoTls, {"TLS fails", "kafka.security_protocol"}},
        {KafkaTrouble::kSilent, {"says nothing", "correct the port"}},
        {KafkaTrouble::kHungUp, {"closes the connection", "correct the port"}},
        {KafkaTrouble::kSpeaksTls, {"speaks TLS", "ssl"}},
        {KafkaTrouble::kNotKafka, {"no Kafka", "correct the port"}},
        {KafkaTrouble::kTooOld, {"too old", "newer"}},
        {KafkaTrouble::kMechanismUnknown, {"knows SCRAM-SHA-512", "kafka.sasl_mechanism"}},
        {KafkaTrouble::kNoLoginHere, {"no login on that port", "kafka.security_protocol to ssl"}},
        {KafkaTrouble::kLoginRefused, {"refuses the login of flux", "kafka.sasl_password_file"}},
        {KafkaTrouble::kLoginWanted, {"asks for a login", "kafka.sasl_username"}}};
    for (const auto& [trouble, wanted] : troubles) {
        const Finding finding = JudgeOne(trouble);
        EXPECT_EQ(finding.verdict, Verdict::kWrong);
        EXPECT_THAT(finding.text, HasSubstr(wanted.first));
        EXPECT_THAT(finding.remedy, HasSubstr(wanted.second));
    }
}

TEST(KafkaJudgement, AServerThatIsAwayIsAWarningWhileAnotherAnswers) {
    const Findings findings =
        JudgeServers({Server(KafkaTrouble::kNotReached), Server(KafkaTrouble::kNone)}, {});
    EXPECT_EQ(findings[0].verdict, Verdict::kWarning);
    EXPECT_EQ(findings[1].verdict, Verdict::kOk);
}

TEST(KafkaJudgement, VersionsTellTheAge) {
    bus::KafkaVersions versions = Kafka4();
    versions[19] = {0, 7};
    EXPECT_EQ(AgeOf(versions), "Kafka 3.3 or newer");
    versions.erase(55);
    EXPECT_EQ(AgeOf(versions), "Kafka 2.3 or newer");
    versions[3] = {0, 7};
    EXPECT_EQ(AgeOf(versions), "Kafka older than 2.3");
    versions.erase(22);
    EXPECT_EQ(AgeOf(versions), std::nullopt) << "no idempotent producer";
}

TEST(KafkaJudgement, ABrokerThatCannotBeReachedIsAMatterOfAdvertisedListeners) {
    const Finding finding = JudgeBrokers({Server(KafkaTrouble::kNoSuchName)});
    EXPECT_EQ(finding.verdict, Verdict::kWrong);
    EXPECT_THAT(finding.remedy, HasSubstr("advertised.listeners"));
    EXPECT_THAT(JudgeBrokers({Server(KafkaTrouble::kNone)}).text, HasSubstr("1 broker: k:9092"));
}

TEST(KafkaJudgement, TopicsAsWantedShareALine) {
    KafkaTopicFacts other = Topic();
    other.name = "u";
    const Findings findings = JudgeTopics({Topic(), other}, "k:9092");
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].verdict, Verdict::kOk);
    EXPECT_THAT(findings[0].text, HasSubstr("t, u"));
}

TEST(KafkaJudgement, AMissingTopicIsMadeAtTheStartUnlessItMayNot) {
    KafkaTopicFacts topic = Topic();
    topic.has.reset();
    topic.error = Error(ErrorCode::kNotFound, Retry::kNever, "none");
    Findings findings = JudgeTopics({topic}, "k:9092");
    EXPECT_EQ(findings[0].verdict, Verdict::kWarning);
    EXPECT_EQ(findings[0].remedy, "flux topics apply --kafka k:9092");
    topic.create_error = Error(ErrorCode::kPermission, Retry::kNever, "refused");
    findings = JudgeTopics({topic}, "k:9092");
    EXPECT_EQ(findings[0].verdict, Verdict::kWrong);
    EXPECT_THAT(findings[0].text, HasSubstr("may not make it"));
}

TEST(KafkaJudgement, OtherPartitionsAreWrongOtherRetentionIsAWarning) {
    KafkaTopicFacts topic = Topic(3);
    topic.has->partitions = 1;
    topic.has->retention = std::chrono::hours(1);
    const Findings findings = JudgeTopics({topic}, "k:9092");
    ASSERT_THAT(findings, SizeIs(2));
    EXPECT_EQ(findings[0].verdict, Verdict::kWrong);
    EXPECT_THAT(findings[0].remedy, HasSubstr("partitions = 1"));
    EXPECT_EQ(findings[1].verdict, Verdict::kWarning);
    EXPECT_THAT(findings[1].remedy, HasSubstr("retention.ms=86400000"));
    topic.owner = KafkaTopicFacts::Owner::kFlux;
    EXPECT_THAT(JudgeTopics({topic}, "k:9092")[0].remedy, HasSubstr("--partitions 3"));
    EXPECT_THAT(JudgeTopics({topic}, "k:9092")[0].remedy, Not(HasSubstr("[[topic]]")));
    topic.owner = KafkaTopicFacts::Owner::kOthers;  // of a route: read as it is
    EXPECT_EQ(JudgeTopics({topic}, "k:9092").front().verdict, Verdict::kOk);
}

TEST(KafkaJudgement, MorePartitionsThanWantedAreAWarning) {
    KafkaTopicFacts topic = Topic(1);
    topic.owner = KafkaTopicFacts::Owner::kFlux;
    topic.has->partitions = 3;
    const Findings findings = JudgeTopics({topic}, "k:9092");
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].verdict, Verdict::kWarning);
    EXPECT_THAT(findings[0].text, HasSubstr("has 3 partitions, not 1"));
    EXPECT_THAT(findings[0].remedy, Not(HasSubstr("[[topic]]")));
}

TEST(KafkaJudgement, ATopicThatOnlyARouteNamesIsNotMade) {
    KafkaTopicFacts topic = Topic();
    topic.owner = KafkaTopicFacts::Owner::kOthers;
    topic.has.reset();
    topic.error = Error(ErrorCode::kNotFound, Retry::kNever, "none");
    const Findings findings = JudgeTopics({topic}, "k:9092");
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].verdict, Verdict::kWarning);
    EXPECT_THAT(findings[0].text, HasSubstr("a route reads it"));
    EXPECT_THAT(findings[0].remedy, HasSubstr("correct its name in the route"));
}

TEST(KafkaJudgement, CopiesThatAreAwayAreAWarningUntilRecordsAreRefused) {
    KafkaTopicFacts topic = Topic();
    topic.wanted.replication = 3;
    topic.wanted.min_insync = 2;
    topic.has = topic.wanted;
    topic.health = {.without_leader = 0, .lagging = 1, .least_in_sync = 2};
    EXPECT_EQ(JudgeTopics({topic}, "k").front().verdict, Verdict::kWarning);
    topic.health.least_in_sync = 1;
    Finding finding = JudgeTopics({topic}, "k").front();
    EXPECT_EQ(finding.verdict, Verdict::kWrong);
    EXPECT_THAT(finding.text, HasSubstr("2 copies"));
    topic.health.without_leader = 1;
    finding = JudgeTopics({topic}, "k").front();
    EXPECT_EQ(finding.verdict, Verdict::kWrong);
    EXPECT_THAT(finding.text, HasSubstr("1 partition cannot be read"));
}

TEST(KafkaJudgement, ATopicNobodyToldOfIsWrong) {
    KafkaTopicFacts topic = Topic();
    topic.has.reset();
    EXPECT_EQ(JudgeTopics({topic}, "k").front().verdict, Verdict::kWrong);
    topic.error = Error(ErrorCode::kTimeout, Retry::kLater, "too late");
    EXPECT_EQ(JudgeTopics({topic}, "k").front().text, "too late");
}

TEST(KafkaJudgement, RightsThatLackAreNamedWithTheCommandThatGivesThem) {
    bus::KafkaOptions kafka;
    kafka.brokers = "k:9092";
    kafka.security = Login();
    bus::KafkaRights rights;
    rights.topics["t"].operations.bits = 1 << 3 | 1 << 8;  // read and describe
    rights.topics["new"].error = bus::kKafkaUnknownTopic;
    const Finding finding =
        JudgeRights(rights, {.topics = {"new", "t", "unasked"}, .groups = {}}, kafka);
    EXPECT_EQ(finding.verdict, Verdict::kWrong);
    EXPECT_EQ(
        finding.remedy,
        "kafka-acls.sh --bootstrap-server k:9092 --add --allow-principal User:flux --operation "
        "Write --topic t"
    );
    rights.topics["t"].operations.bits |= 1 << 4;
    EXPECT_EQ(
        JudgeRights(rights, {.topics = {"new", "t"}, .groups = {}}, kafka).verdict, Verdict::kOk
    );
    EXPECT_THAT(
        JudgeRights(std::nullopt, {.topics = {"t"}, .groups = {}}, kafka).text,
        HasSubstr("were not looked at")
    );
}

TEST(KafkaJudgement, GroupsThatMayNotBeUsedAreNamedWithTheCommandThatGivesThem) {
    bus::KafkaOptions kafka;
    kafka.brokers = "k:9092";
    kafka.security = Login();
    bus::KafkaRights rights;
    const KafkaWants wants{.topics = {}, .groups = {"news", "stock", "weather"}};
    EXPECT_THAT(
        JudgeRights(rights, wants, kafka).text, HasSubstr("groups of its services were not")
    );
    rights.groups["news"] = {.describe = true, .read = false};
    rights.groups["stock"] = {.describe = true, .read = true};
    rights.groups["weather"] = {.describe = true, .read = false};
    Finding finding = JudgeRights(rights, wants, kafka);
    EXPECT_EQ(finding.verdict, Verdict::kWrong);
    EXPECT_THAT(finding.text, HasSubstr("groups news, weather, in which"));
    EXPECT_EQ(
        finding.remedy,
        "kafka-acls.sh --bootstrap-server k:9092 --add --allow-principal User:flux --operation "
        "Read --group news --group weather"
    );
    rights.groups["weather"] = {.describe = true, .read = true};
    rights.groups["news"] = {.describe = false, .read = true};
    finding = JudgeRights(rights, wants, kafka);
    EXPECT_THAT(finding.text, HasSubstr("group news, in which"));
    EXPECT_THAT(finding.remedy, HasSubstr("--operation Describe --group news"));
    rights.groups["news"].describe = true;
    finding = JudgeRights(rights, wants, kafka);
    EXPECT_EQ(finding.verdict, Verdict::kOk);
    EXPECT_THAT(finding.text, HasSubstr("share their groups"));
}

TEST(KafkaJudgement, AClockThatIsOffByOverASecondIsAWarning) {
    EXPECT_EQ(JudgeClock(std::nullopt).verdict, Verdict::kOk);
    EXPECT_EQ(JudgeClock(KafkaClockGap{Milliseconds(-900), 20ms}).verdict, Verdict::kOk);
    EXPECT_EQ(JudgeClock(KafkaClockGap{Milliseconds(1'400), 500ms}).verdict, Verdict::kOk)
        << "the answer took so long that nobody can tell";
    const Finding behind = JudgeClock(KafkaClockGap{Milliseconds(-3'600'000), 5ms});
    EXPECT_EQ(behind.verdict, Verdict::kWarning);
    EXPECT_THAT(behind.text, HasSubstr("3600.0 s behind Kafka's"));
    EXPECT_THAT(JudgeClock(KafkaClockGap{2'000ms, 5ms}).text, HasSubstr("2.0 s ahead of Kafka's"));
}

}  // namespace
}  // namespace flux::app::doctor

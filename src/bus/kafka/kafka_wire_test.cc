#include "bus/kafka/kafka_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace flux::bus {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

// Answers of a Kafka 4.3.1, shortened by hand where they repeat themselves.
const std::string kNumber = "\0\0\0\1"s;  // of the question
const std::string kVersions =
    kNumber + "\0\0"s + "\0\0\0\3"s + "\0\3\0\0\0\15"s + "\0\23\0\2\0\7"s + "\0\67\0\0\0\2"s;
const std::string kBroker = "\0\0\0\1\0\t127.0.0.1\0\0\333\331\377\377"s;
const std::string kPartition =
    "\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0"s;
const std::string kRights = kNumber + "\0\0\0\0"s + "\0\0\0\1"s + kBroker + "\0\2id\0\0\0\1"s +
                            "\0\0\0\2"s + "\0\0\0\6shop.a\0\0\0\0\1"s + kPartition +
                            "\0\0\15\370"s + "\0\35\0\3nix\0\0\0\0\0\200\0\0\0"s + "\0\0\37\240"s;
const std::string kQuorumHead =
    kNumber + "\0\0\0\2\23__cluster_metadata\2\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\103"s;
const std::string kQuorum =
    kQuorumHead +
    "\2\0\0\0\1\0\0\0\0\0\0\0\103\0\0\1\242\0\323\116\16\0\0\1\242\0\323\116\16\0\1\0\0\0"s;

TEST(KafkaWire, ReadsWhatABrokerCanDo) {
    const auto versions = ReadVersions(kVersions);
    ASSERT_TRUE(versions);
    EXPECT_EQ(versions->size(), 3U);
    EXPECT_EQ(versions->at(3).most, 13);
    EXPECT_EQ(versions->at(19).least, 2);
    EXPECT_EQ(versions->at(55).most, 2);
}

TEST(KafkaWire, ReadsWhatTheLoginMayDo) {
    const auto rights = ReadRights(kRights);
    ASSERT_TRUE(rights);
    const KafkaTopicRights& mine = rights->topics.at("shop.a");
    EXPECT_EQ(mine.error, kKafkaNoError);
    EXPECT_TRUE(mine.operations.Allows(KafkaOperation::kRead));
    EXPECT_TRUE(mine.operations.Allows(KafkaOperation::kWrite));
    EXPECT_FALSE(mine.operations.Allows(KafkaOperation(9)));  // there is no such one on a topic
    const KafkaTopicRights& other = rights->topics.at("nix");
    EXPECT_EQ(other.error, kKafkaTopicRefused);
    EXPECT_FALSE(other.operations.Allows(KafkaOperation::kRead));
    EXPECT_TRUE(rights->cluster.Allows(KafkaOperation::kCreate));
}

TEST(KafkaWire, ReadsTheLeadersTime) {
    EXPECT_EQ(ReadLeadersTime(kQuorum), 1795310177806);
}

TEST(KafkaWire, AQuorumWithoutItsLeaderHasNoTime) {
    const std::string another =
        kQuorumHead +
        "\2\0\0\0\7\0\0\0\0\0\0\0\103\0\0\1\242\0\323\116\16\0\0\1\242\0\323\116\16\0\1\0\0\0"s;
    EXPECT_EQ(ReadLeadersTime(another), std::nullopt);
    EXPECT_EQ(ReadLeadersTime(kNumber + "\0\0\37"s), std::nullopt) << "not allowed";
}

TEST(KafkaWire, ReadsTheAnswersToALogin) {
    const auto handshake = ReadHandshake(kNumber + "\0\41\0\0\0\2\0\5PLAIN\0\1X"s);
    ASSERT_TRUE(handshake);
    EXPECT_EQ(handshake->error, kKafkaMechanismUnknown);
    EXPECT_THAT(handshake->mechanisms, ElementsAre("PLAIN", "X"));
    const auto login = ReadLogin(kNumber + "\0\72\0\2no\0\0\0\0"s);
    ASSERT_TRUE(login);
    EXPECT_EQ(login->error, kKafkaLoginRefused);
    EXPECT_EQ(login->why, "no");
}

TEST(KafkaWire, ReadsWhetherAGroupMayBeUsed) {
    EXPECT_EQ(ReadGroupOffsets(kNumber + "\0\0\0\0\0\36"s), kKafkaGroupRefused);
    EXPECT_EQ(ReadGroupOffsets(kNumber + "\0\0\0\0\0\0"s), kKafkaNoError);
    EXPECT_EQ(ReadGroupOffsets(kNumber + "\0\0\0\1\0\1t"s), std::nullopt) << "nobody asked";
    EXPECT_EQ(ReadGroupOffsets(kNumber + "\0\0\0\0\0"s), std::nullopt);
    EXPECT_EQ(ReadHeartbeat(kNumber + "\0\36"s), kKafkaGroupRefused);
    EXPECT_EQ(ReadHeartbeat(kNumber + "\0\31"s), 25) << "no such member";
    EXPECT_EQ(ReadHeartbeat(kNumber + "\0"s), std::nullopt);
}

TEST(KafkaWire, AnAnswerThatEndsTooSoonIsNone) {
    for (std::size_t size = 0; size < kRights.size(); ++size)
        EXPECT_FALSE(ReadRights(std::string_view(kRights).substr(0, size))) << size;
    for (std::size_t size = 0; size < kVersions.size(); ++size)
        EXPECT_FALSE(ReadVersions(std::string_view(kVersions).substr(0, size))) << size;
    EXPECT_FALSE(ReadVersions("\0\0\0\2\0\0\0\0\0\0"s)) << "an answer to another question";
    EXPECT_FALSE(ReadVersions(kNumber + "\0\0\177\377\377\377"s)) << "more than there is";
}

TEST(KafkaWire, AQuestionBeginsWithItsLength) {
    EXPECT_EQ(HandshakeRequest("PLAIN"), "\0\0\0\34\0\21\0\1\0\0\0\1\0\13flux-doctor\0\5PLAIN"s);
    EXPECT_EQ(GroupOffsetsRequest("g"), "\0\0\0\34\0\11\0\2\0\0\0\1\0\13flux-doctor\0\1g\0\0\0\0"s);
    EXPECT_EQ(
        HeartbeatRequest("g"),
        "\0\0\0\51\0\14\0\0\0\0\0\1\0\13flux-doctor\0\1g\0\0\0\0\0\13flux-doctor"s
    );
    EXPECT_EQ(
        PlainLoginRequest("u", "p"), "\0\0\0\35\0\44\0\0\0\0\0\1\0\13flux-doctor\0\0\0\4\0u\0p"s
    );
}

}  // namespace
}  // namespace flux::bus

// A few requests of Kafka's protocol, as bytes, and what their answers say.
//
// librdkafka tells whether Kafka answers; it does not tell which step failed, what this login may
// do, or what time it is there. https://kafka.apache.org/protocol holds the formats; the versions
// used here are known to every broker from 2.3 to 4.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::bus {

/// The requests by their number in the protocol.
enum class KafkaApi : std::int16_t {
    kProduce = 0,
    kFetch = 1,
    kListOffsets = 2,
    kMetadata = 3,
    kOffsetFetch = 9,
    kHeartbeat = 12,
    kSaslHandshake = 17,
    kApiVersions = 18,
    kCreateTopics = 19,
    kInitProducerId = 22,
    kDescribeConfigs = 32,
    kSaslAuthenticate = 36,
    kDescribeQuorum = 55,
};

struct KafkaVersionRange {
    std::int16_t least = 0;
    std::int16_t most = 0;
};

/// What a broker can do: versions by KafkaApi.
using KafkaVersions = std::map<std::int16_t, KafkaVersionRange>;

/// Something somebody may do, by its number in the protocol.
enum class KafkaOperation : std::int8_t {
    kRead = 3,
    kWrite = 4,
    kCreate = 5,
    kDescribe = 8,
    kDescribeConfigs = 10,
};

/// A set of them, as brokers send it.
struct KafkaOperations {
    std::int32_t bits = 0;
    bool Allows(KafkaOperation operation) const {
        return (bits >> static_cast<int>(operation) & 1) != 0;
    }
};

/// What whoever asked may do with a topic.
struct KafkaTopicRights {
    std::int16_t error = 0;  ///< of kKafkaErrors
    KafkaOperations operations;
};

/// What whoever asked may do with a consumer group.
struct KafkaGroupRights {
    bool describe = false;
    bool read = false;
};

struct KafkaRights {
    KafkaOperations cluster;
    std::map<std::string, KafkaTopicRights> topics;
    std::map<std::string, KafkaGroupRights> groups;  ///< asked for one by one
};

/// Kafka's numbers of the errors that are told apart here.
inline constexpr std::int16_t kKafkaNoError = 0;
inline constexpr std::int16_t kKafkaUnknownTopic = 3;
inline constexpr std::int16_t kKafkaTopicRefused = 29;
inline constexpr std::int16_t kKafkaGroupRefused = 30;
inline constexpr std::int16_t kKafkaMechanismUnknown = 33;
inline constexpr std::int16_t kKafkaNoLoginHere = 34;
inline constexpr std::int16_t kKafkaLoginRefused = 58;

struct KafkaHandshake {
    std::int16_t error = 0;
    std::vector<std::string> mechanisms;  ///< that the broker knows
};

struct KafkaLogin {
    std::int16_t error = 0;
    std::string why;
};

/// A whole request: length, head, body. `version` as named by the function that reads the answer.
std::string VersionsRequest();
std::string HandshakeRequest(std::string_view mechanism);
std::string PlainLoginRequest(std::string_view user, std::string_view password);
std::string RightsRequest(const std::vector<std::string>& topics);
std::string QuorumRequest();
/// Asks for the places of a group on no topic: every broker says first whether one may describe it.
std::string GroupOffsetsRequest(std::string_view group);
/// A sign of life of a member that is none: every broker says first whether one may read with the
/// group, and nothing changes.
std::string HeartbeatRequest(std::string_view group);

/// The answers, without their length. Nothing when they are no such answer.
std::optional<KafkaVersions> ReadVersions(std::string_view answer);    // ApiVersions 0
std::optional<KafkaHandshake> ReadHandshake(std::string_view answer);  // SaslHandshake 1
std::optional<KafkaLogin> ReadLogin(std::string_view answer);          // SaslAuthenticate 0
std::optional<KafkaRights> ReadRights(std::string_view answer);        // Metadata 8
std::optional<WallMillis> ReadLeadersTime(std::string_view answer);    // DescribeQuorum 1
/// Kafka's number of the error.
std::optional<std::int16_t> ReadGroupOffsets(std::string_view answer);  // OffsetFetch 2, no topic
std::optional<std::int16_t> ReadHeartbeat(std::string_view answer);     // Heartbeat 0

}  // namespace flux::bus

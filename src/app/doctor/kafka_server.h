// One of the servers in kafka.brokers, asked step by step.
#pragma once

#include "app/doctor/peer_connection.h"
#include "base/clock.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_wire.h"

#include <optional>
#include <string>
#include <vector>

namespace flux::app::doctor {

/// How far a server let us come, or what was in the way.
enum class KafkaTrouble : std::uint8_t {
    kNone,
    kNoSuchName,
    kNameServiceSilent,
    kNotReached,   ///< refused, no way there, or nobody answers
    kOwnFile,      ///< a certificate of ours that cannot be read
    kNotBelieved,  ///< its certificate
    kNoTls,        ///< TLS was tried and failed
    kSilent,       ///< takes the connection and says nothing
    kHungUp,       ///< takes the connection and closes it at the first question
    kSpeaksTls,    ///< and was spoken to without
    kNotKafka,
    kTooOld,
    kMechanismUnknown,
    kNoLoginHere,  ///< a login was tried where none is asked for
    kLoginRefused,
    kLoginWanted,  ///< no login was tried where one is asked for
};

/// The machine's clock against that of Kafka's controller.
struct KafkaClockGap {
    Milliseconds ahead{0};        ///< of ours; less than 0: behind
    Milliseconds uncertainty{0};  ///< half of the time the question took
};

struct KafkaServerFacts {
    std::string address;  ///< as kafka.brokers names it
    KafkaTrouble trouble = KafkaTrouble::kNone;
    std::string reason;  ///< what the system, TLS or Kafka said
    bus::KafkaVersions versions;
    std::vector<std::string> mechanisms;  ///< it knows, if ours was refused
    /// What the login may do; not known when the login goes by another way than PLAIN, which only
    /// librdkafka speaks.
    std::optional<bus::KafkaRights> rights;
    std::optional<KafkaClockGap> clock;  ///< not known before Kafka 3.3, or without KRaft
};

/// What somebody wants to use.
struct KafkaWants {
    std::vector<std::string> topics;
    std::vector<std::string> groups;
};

/// Asks `address` for what it can do, logs in, and asks what may be done with what is wanted.
/// Changes nothing. Takes no longer than `until`. Thread: any that may block.
KafkaServerFacts AskKafkaServer(
    const std::string& address,
    const bus::KafkaSecurity& security,
    const KafkaWants& wants,
    const Clock& clock,
    SteadyTime until
);

/// Only whether somebody listens at an address.
KafkaServerFacts ReachKafkaServer(const std::string& address, SteadyTime until);

}  // namespace flux::app::doctor

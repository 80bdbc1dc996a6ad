// How Kafka is reached and how long it may take.
#pragma once

#include "base/clock.h"
#include "limits/limits.h"

#include <cstddef>
#include <string>

namespace flux::bus {

struct KafkaSecurity {
    std::string protocol = "plaintext";  ///< plaintext, ssl, sasl_plaintext or sasl_ssl
    std::string sasl_mechanism;          ///< PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
    std::string sasl_username;
    std::string sasl_password;
    std::string ca_file;           ///< PEM; empty: the system's
    std::string certificate_file;  ///< PEM, for brokers that ask for the client's
    std::string key_file;          ///< PEM
};

struct KafkaOptions {
    std::string brokers;  ///< host:port, several with commas between; a few of a cluster will do
    std::string client_id = "flux";
    KafkaSecurity security;

    Milliseconds start_timeout{60'000};   ///< until Kafka can be used
    Milliseconds request_timeout{5'000};  ///< metadata, offsets, creating a topic
    /// A record that is not acknowledged by then is given up; how its publisher is told depends on
    /// whether it may be stored.
    Milliseconds publish_timeout{30'000};
    /// A member of a group that is not heard of for so long loses its partitions.
    Milliseconds session_timeout{10'000};
    /// How long a member may hold up its group's meeting: for a batch to end, and for Kafka to say
    /// where to read.
    Milliseconds meeting_timeout{60'000};
    Milliseconds refused_pause{30'000};  ///< until a member that may not read its topic tries again
    Milliseconds probe_interval{2'000};  ///< between two looks at whether Kafka answers
    Milliseconds growth_interval{10'000};  ///< between two looks at whether topics have grown

    std::size_t queue_records_max = limits::kKafkaQueueRecordsMax;  ///< waiting for acknowledgement
    std::size_t queue_bytes_max = limits::kKafkaQueueBytesMax;
    std::size_t prefetch_bytes_max = limits::kKafkaPrefetchBytesMax;  ///< per partition read

    std::string assignor = "range";     ///< of shared groups: range or cooperative-sticky (ADR 14)
    Milliseconds retry_first{50};       ///< pause before a failed batch comes again
    Milliseconds retry_longest{5'000};  ///< the pause doubles up to this
};

}  // namespace flux::bus

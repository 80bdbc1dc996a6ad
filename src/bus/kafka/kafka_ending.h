// The end of a client of librdkafka.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>

namespace flux::bus {

/// rd_kafka_destroy, which waits for the client's threads, but no longer than a few seconds.
/// librdkafka 2.0 counts some partitions wrongly when brokers went away under a consumer, and then
/// waits for ever (its issue 4674). Such a client is left to end by itself, which it may never do:
/// it has closed its subscriptions before, so it costs memory and idle threads, and nothing else.
/// Whoever is in a group leaves it before; this calls nobody back.
/// Thread: any that may block; no object of the client may be in use.
void EndKafkaClient(rd_kafka_t* client);

/// Clients of this process that were left. Thread: any.
std::uint64_t KafkaClientsLeft();

}  // namespace flux::bus

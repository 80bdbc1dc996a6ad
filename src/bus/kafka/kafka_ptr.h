// Owners of librdkafka's objects.
#pragma once

#include "bus/kafka/kafka_ending.h"

#include <librdkafka/rdkafka.h>

#include <memory>

namespace flux::bus {

struct KafkaFree {
    void operator()(rd_kafka_t* handle) const { EndKafkaClient(handle); }
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
    void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
    void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
    void operator()(rd_kafka_AdminOptions_t* options) const {
        rd_kafka_AdminOptions_destroy(options);
    }
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
    void operator()(const rd_kafka_metadata_t* metadata) const {
        rd_kafka_metadata_destroy(metadata);
    }
};

/// What librdkafka gave us to own. The end of an rd_kafka_t waits for its threads, so it comes in a
/// lane or a thread of ours, never on a shard.
template <class T>
using KafkaPtr = std::unique_ptr<T, KafkaFree>;

}  // namespace flux::bus

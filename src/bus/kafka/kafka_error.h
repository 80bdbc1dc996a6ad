// What librdkafka says, as errors of Flux.
#pragma once

#include "base/result.h"

#include <librdkafka/rdkafka.h>

#include <string_view>

namespace flux::bus {

/// `doing` begins the sentence: "could not publish to orders". kUnavailable for whatever a later
/// try may mend.
Error KafkaError(rd_kafka_resp_err_t code, std::string_view doing);

/// As KafkaError, for a record that was handed to a producer: kUnknown when `status` leaves open
/// whether the broker has it.
Error DeliveryError(rd_kafka_resp_err_t code, rd_kafka_msg_status_t status, std::string_view topic);

/// Whether a commit was refused because the partitions are another member's by now.
bool IsOthersNow(rd_kafka_resp_err_t code);

}  // namespace flux::bus

// What the readers of Kafka count.
#pragma once

#include "base/counter.h"

namespace flux::bus {

/// Of all subscriptions of one topic and group. Thread: any; several shards may add.
struct KafkaConsumerStats {
    SharedCounter records;      ///< handed to a handler
    SharedCounter skipped;      ///< passed over by their key, payload untouched
    SharedCounter redelivered;  ///< handed over again after a failure
    SharedCounter missed;       ///< gone from the log before they were read
    SharedCounter gaps;         ///< offsets that did not follow on their predecessor
    SharedCounter repeated;     ///< records that came again from the broker and were dropped
    SharedCounter errors;       ///< in place of a record, or of an answer where to read
    SharedCounter commits;
    SharedCounter commit_failures;
    SharedCounter rebalances;
};

}  // namespace flux::bus

// Makes clients of librdkafka, all with the same way to the brokers.
#pragma once

#include "base/result.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_ptr.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace flux::bus {

/// The settings of one client. What one of them refuses is told by Make. Thread: one at a time.
class KafkaClient {
public:
    /// With what every client needs: brokers, security, time-outs, reconnecting. `role` goes behind
    /// the client id, for the operator of the brokers: "flux-producer".
    KafkaClient(const KafkaOptions& options, std::string_view role);

    /// One property of librdkafka, by its name there.
    KafkaClient& Set(const char* name, const std::string& value);
    KafkaClient& Set(const char* name, std::int64_t value) {
        return Set(name, std::to_string(value));
    }

    /// For the callbacks that have no text form. Valid until Make.
    rd_kafka_conf_t* conf() { return conf_.get(); }

    /// Errors: kBadInput, naming the property that was refused.
    Result<KafkaPtr<rd_kafka_t>> Make(rd_kafka_type_t type);

private:
    void SetSecurity(const KafkaSecurity& security);

    KafkaPtr<rd_kafka_conf_t> conf_;
    std::string refused_;
};

}  // namespace flux::bus

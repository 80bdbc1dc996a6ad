// Why no broker answers, as far as librdkafka knows.
#pragma once

#include "base/result.h"
#include "bus/kafka/kafka_options.h"

#include <librdkafka/rdkafka.h>

#include <string>

namespace flux::bus {

/// Keeps the most telling of the errors that a client reports: a refused login before a failed TLS
/// handshake before all others, which only say that a connection ended. Thread: one at a time.
class KafkaComplaint {
public:
    explicit KafkaComplaint(const KafkaOptions& options);

    /// For rd_kafka_conf_set_error_cb; the client's opaque is the complaint.
    static void OnError(rd_kafka_t* client, int code, const char* reason, void* self);

    void Forget();

    /// What to say when a question failed with `code`. A refused login is kPermission, which does
    /// not pass by waiting; all else kUnavailable.
    Error Explain(rd_kafka_resp_err_t code) const;

private:
    const std::string brokers_;
    const std::string mechanism_;
    rd_kafka_resp_err_t code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string reason_;
};

}  // namespace flux::bus

#include "bus/kafka/kafka_complaint.h"

#include <fmt/format.h>

namespace flux::bus {
namespace {

/// From here on SCRAM works with Kafka 4 (earlier ones repeat the client's nonce).
constexpr int kScramMended = 0x020601ff;

int TellsMuch(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return 3;
        case RD_KAFKA_RESP_ERR__SSL:
            return 2;
        case RD_KAFKA_RESP_ERR_NO_ERROR:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            return 0;
        default:
            return 1;
    }
}

}  // namespace

KafkaComplaint::KafkaComplaint(const KafkaOptions& options)
    : brokers_(options.brokers),
      mechanism_(options.security.sasl_mechanism) {}

void KafkaComplaint::OnError(rd_kafka_t*, int code, const char* reason, void* self) {
    auto& complaint = *static_cast<KafkaComplaint*>(self);
    const auto heard = static_cast<rd_kafka_resp_err_t>(code);
    if (TellsMuch(heard) <= TellsMuch(complaint.code_)) return;
    complaint.code_ = heard;
    complaint.reason_ = reason;
}

void KafkaComplaint::Forget() {
    code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    reason_.clear();
}

Error KafkaComplaint::Explain(rd_kafka_resp_err_t code) const {
    if (TellsMuch(code_) == 3) {
        const bool too_old = mechanism_.starts_with("SCRAM") && rd_kafka_version() < kScramMended;
        return Error(
            ErrorCode::kPermission,
            Retry::kNever,
            fmt::format(
                "Kafka at {} refuses the login; correct kafka.sasl_username, "
                "kafka.sasl_password_file "
                "or kafka.sasl_mechanism{}: {}",
                brokers_,
                too_old ? fmt::format(
                              " (librdkafka {} cannot log in to Kafka 4 by {}: use PLAIN over TLS, "
                              "or librdkafka 2.6.1 or newer)",
                              rd_kafka_version_str(),
                              mechanism_
                          )
                        : "",
                reason_
            )
        );
    }
    if (TellsMuch(code_) == 2) {
        return Error(
            ErrorCode::kUnavailable,
            Retry::kLater,
            fmt::format(
                "TLS with Kafka at {} fails; kafka.ca_file must vouch for its certificate, and the "
                "certificate for the name in kafka.brokers: {}",
                brokers_,
                reason_
            )
        );
    }
    return Error(
        ErrorCode::kUnavailable,
        Retry::kLater,
        fmt::format(
            "no Kafka broker answers at {}: {}",
            brokers_,
            reason_.empty() ? rd_kafka_err2str(code) : reason_.c_str()
        )
    );
}

}  // namespace flux::bus

#include "bus/kafka/kafka_error.h"

#include <fmt/format.h>

namespace flux::bus {
namespace {

ErrorCode CodeOf(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return ErrorCode::kNotFound;
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
            return ErrorCode::kConflict;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            return ErrorCode::kTooLarge;
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return ErrorCode::kFull;
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            return ErrorCode::kTimeout;
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return ErrorCode::kPermission;
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
            return ErrorCode::kBadInput;
        default:
            return ErrorCode::kUnavailable;
    }
}

bool MayPassLater(rd_kafka_resp_err_t code, ErrorCode kind) {
    // More copies than brokers: the others may still be starting.
    if (code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR) return true;
    return kind == ErrorCode::kUnavailable || kind == ErrorCode::kFull ||
           kind == ErrorCode::kTimeout;
}

}  // namespace

Error KafkaError(rd_kafka_resp_err_t code, std::string_view doing) {
    const ErrorCode kind = CodeOf(code);
    return Error(
        kind,
        MayPassLater(code, kind) ? Retry::kLater : Retry::kNever,
        fmt::format("{}: {} ({})", doing, rd_kafka_err2str(code), rd_kafka_err2name(code))
    );
}

Error DeliveryError(
    rd_kafka_resp_err_t code, rd_kafka_msg_status_t status, std::string_view topic
) {
    const std::string doing = fmt::format("could not publish to {}", topic);
    Error error = KafkaError(code, doing);
    if (error.code == ErrorCode::kTimeout) error.code = ErrorCode::kUnavailable;
    if (status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED) return error;
    error.code = ErrorCode::kUnknown;
    error.retry = Retry::kLater;
    error.context += "; it was sent, and may be stored or not";
    return error;
}

bool IsOthersNow(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
           code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

}  // namespace flux::bus

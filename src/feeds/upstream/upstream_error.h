// Why a source gave nothing, in the words of the contract.
#pragma once

#include "base/clock.h"
#include "contract/replies.h"

#include <optional>
#include <string>
#include <utility>

namespace flux::feeds {

/// What people and other processes are told of a request that was not answered.
struct UpstreamError {
    contract::Failure failure = contract::Failure::kSourceDown;
    std::string reason;   ///< the reference's word: "timeout", "circuit_open", "api_error"
    std::string message;  ///< for people, without key and address of the source
    std::string detail;   ///< for the log: what was answered, without the key
    std::optional<WallMillis> retry_at;  ///< when asking again makes sense, where known
};

/// Of an answer that came and says no, or is none. Thread: any.
inline UpstreamError RefusedAnswer(
    contract::Failure failure, std::string message, std::string detail
) {
    UpstreamError error;
    error.failure = failure;
    error.reason = "api_error";
    error.message = std::move(message);
    error.detail = std::move(detail);
    return error;
}

}  // namespace flux::feeds

// What the gateway tells one client: who it is, and what could not be done.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {

/// `session:init`, after every CONNECT.
struct SessionInit {
    std::string user_id;
    std::string user_type = "guest";
    std::vector<std::string> simulated;  ///< domains whose upstream is the built-in simulator
    WallMillis server_time = 0;

    friend bool operator==(const SessionInit&, const SessionInit&) = default;
};

std::string Encode(const SessionInit& init);

/// Errors: kBadInput naming the field.
Result<SessionInit> DecodeSessionInit(std::string_view json);

/// The longest guest id, in characters after trimming.
inline constexpr std::size_t kGuestIdCharactersMax = 128;

/// The `guestId` of a handshake's `auth` object (checked JSON), trimmed; nothing when it is absent,
/// no text, or not 1 to kGuestIdCharactersMax characters long.
std::optional<std::string> GuestIdFrom(std::string_view auth);

/// Why a reply or push has status "error". The names on the wire are the contract.
enum class Failure : std::uint8_t {
    kSourceDown,
    kKeyRefused,
    kNoKey,
    kLimit,
    kBadData,
    kNoCity,
    kBadRequest,
    kRateLimited,
    kInternal,
};

std::string_view NameOf(Failure failure);
std::optional<Failure> FailureFrom(std::string_view name);

/// `{"status":"error","error":...,"message":...}`.
struct ErrorReply {
    Failure error = Failure::kInternal;
    std::string message;                 ///< for people
    std::optional<WallMillis> retry_at;  ///< when trying again makes sense, where known
    std::optional<std::string> event;    ///< in `requestError`: the client event that was refused
    std::optional<std::string> city;     ///< in `weatherError`: the city it is about
    std::optional<std::string> country;  ///< in `weatherError`: its ISO 3166 code

    friend bool operator==(const ErrorReply&, const ErrorReply&) = default;
};

std::string Encode(const ErrorReply& reply);
Result<ErrorReply> DecodeErrorReply(std::string_view json);

/// `{"status":"loading","message":...}`: asked for, not there yet.
struct LoadingReply {
    std::string message;

    friend bool operator==(const LoadingReply&, const LoadingReply&) = default;
};

std::string Encode(const LoadingReply& reply);
Result<LoadingReply> DecodeLoadingReply(std::string_view json);

/// `{"status":"success","rooms":[...]}`: the acknowledgement of an intent.
struct JoinedReply {
    std::vector<std::string> rooms;  ///< in the order the intent names them

    friend bool operator==(const JoinedReply&, const JoinedReply&) = default;
};

std::string Encode(const JoinedReply& reply);
Result<JoinedReply> DecodeJoinedReply(std::string_view json);

/// The success envelope of replies and pushes: head + payload + tail. The payload is the whole
/// event for movers, top coins and tickers, and the `data` object of E5 for stocks.
inline constexpr std::string_view kSuccessHead = R"({"status":"success","data":)";
inline constexpr std::string_view kSuccessTail = R"(,"error":null})";

/// Around the cards (`payload.data` of E6), as `newsUpdate`.
inline constexpr std::string_view kNewsHead = R"({"status":"success","scope":"global","data":)";
inline constexpr std::string_view kNewsTail = "}";

/// Around a reading (`data` of E1), as `weather.{city}.update`.
inline constexpr std::string_view kWeatherHead = R"({"data":)";
inline constexpr std::string_view kWeatherTail = R"(,"status":"success"})";

}  // namespace flux::contract

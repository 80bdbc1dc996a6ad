#include "contract/replies.h"

#include "contract/blank_text.h"
#include "contract/object_writer.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "json/utf8.h"

#include <array>
#include <fmt/format.h>

namespace flux::contract {

namespace {

constexpr std::array<std::string_view, 9> kFailureNames{
    "source_down",
    "key_refused",
    "no_key",
    "limit",
    "bad_data",
    "no_city",
    "bad_request",
    "rate_limited",
    "internal",
};
static_assert(kFailureNames.size() == static_cast<std::size_t>(Failure::kInternal) + 1);

Error Bad(std::string_view what, std::string_view field) {
    return Error(
        ErrorCode::kBadInput,
        Retry::kNever,
        fmt::format("{}: '{}' is missing or of another kind", what, field)
    );
}

std::optional<std::string> TextMember(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    return value ? json::AsString(*value) : std::nullopt;
}

std::optional<std::int64_t> IntegerMember(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    return value ? json::AsInteger(*value) : std::nullopt;
}

std::optional<std::vector<std::string>> TextsMember(
    std::string_view object, std::string_view name
) {
    const auto value = json::Member(object, name);
    if (!value || json::KindOf(*value) != json::Kind::kArray) return std::nullopt;
    std::vector<std::string> texts;
    for (json::ArrayReader items(*value); items.Next();) {
        std::optional<std::string> text = json::AsString(items.value());
        if (!text) return std::nullopt;
        texts.push_back(*std::move(text));
    }
    return texts;
}

/// The message of a reply with that status.
Result<std::string> StatusMessage(std::string_view json, std::string_view status) {
    if (const Result<void> checked = json::Check(json); !checked) return checked.error();
    if (TextMember(json, "status") != status) return Bad("reply", "status");
    std::optional<std::string> message = TextMember(json, "message");
    if (!message) return Bad("reply", "message");
    return *std::move(message);
}

}  // namespace

std::string Encode(const SessionInit& init) {
    ObjectWriter out;
    out.Text("userId", init.user_id);
    out.Text("userType", init.user_type);
    out.Texts("simulated", init.simulated);
    out.Integer("serverTime", init.server_time);
    return out.Take();
}

Result<SessionInit> DecodeSessionInit(std::string_view json) {
    if (const Result<void> checked = json::Check(json); !checked) return checked.error();
    const auto user_id = TextMember(json, "userId");
    if (!user_id) return Bad("session:init", "userId");
    const auto user_type = TextMember(json, "userType");
    if (!user_type) return Bad("session:init", "userType");
    const auto simulated = TextsMember(json, "simulated");
    if (!simulated) return Bad("session:init", "simulated");
    const auto server_time = IntegerMember(json, "serverTime");
    if (!server_time) return Bad("session:init", "serverTime");
    SessionInit init;
    init.user_id = *user_id;
    init.user_type = *user_type;
    init.simulated = *simulated;
    init.server_time = *server_time;
    return init;
}

std::optional<std::string> GuestIdFrom(std::string_view auth) {
    const auto guest_id = TextMember(auth, "guestId");
    if (!guest_id) return std::nullopt;
    const std::string_view trimmed = TrimBlankText(*guest_id);
    if (trimmed.empty() || json::Utf8Length(trimmed) > kGuestIdCharactersMax) return std::nullopt;
    return std::string(trimmed);
}

std::string_view NameOf(Failure failure) {
    return kFailureNames[static_cast<std::size_t>(failure)];
}

std::optional<Failure> FailureFrom(std::string_view name) {
    for (std::size_t index = 0; index < kFailureNames.size(); ++index) {
        if (kFailureNames[index] == name) return static_cast<Failure>(index);
    }
    return std::nullopt;
}

std::string Encode(const ErrorReply& reply) {
    ObjectWriter out;
    out.Text("status", "error");
    out.Text("error", NameOf(reply.error));
    out.Text("message", reply.message);
    if (reply.retry_at) out.Integer("retryAt", *reply.retry_at);
    out.OptionalText("event", reply.event);
    out.OptionalText("city", reply.city);
    out.OptionalText("country", reply.country);
    return out.Take();
}

Result<ErrorReply> DecodeErrorReply(std::string_view json) {
    Result<std::string> message = StatusMessage(json, "error");
    if (!message) return message.error();
    const auto failure = FailureFrom(TextMember(json, "error").value_or(""));
    if (!failure) return Bad("reply", "error");
    ErrorReply reply;
    reply.error = *failure;
    reply.message = *std::move(message);
    reply.retry_at = IntegerMember(json, "retryAt");
    reply.event = TextMember(json, "event");
    reply.city = TextMember(json, "city");
    reply.country = TextMember(json, "country");
    return reply;
}

std::string Encode(const LoadingReply& reply) {
    ObjectWriter out;
    out.Text("status", "loading");
    out.Text("message", reply.message);
    return out.Take();
}

Result<LoadingReply> DecodeLoadingReply(std::string_view json) {
    Result<std::string> message = StatusMessage(json, "loading");
    if (!message) return message.error();
    LoadingReply reply;
    reply.message = *std::move(message);
    return reply;
}

std::string Encode(const JoinedReply& reply) {
    ObjectWriter out;
    out.Text("status", "success");
    out.Texts("rooms", reply.rooms);
    return out.Take();
}

Result<JoinedReply> DecodeJoinedReply(std::string_view json) {
    if (const Result<void> checked = json::Check(json); !checked) return checked.error();
    if (TextMember(json, "status") != "success") return Bad("reply", "status");
    auto rooms = TextsMember(json, "rooms");
    if (!rooms) return Bad("reply", "rooms");
    JoinedReply reply;
    reply.rooms = *std::move(rooms);
    return reply;
}

}  // namespace flux::contract

#include "app/doctor/valkey_server.h"

#include "app/doctor/peer_connection.h"
#include "base/random.h"
#include "valkey/command.h"
#include "valkey/reply_reader.h"

#include <fmt/format.h>
#include <initializer_list>
#include <utility>

namespace flux::app::doctor {
namespace {

constexpr std::size_t kReplyBytesMax = 1'000'000;
constexpr std::size_t kKeyCharacters = 22;

/// The conversation with the server.
class Dialogue {
public:
    Dialogue(ValkeyServerFacts& facts, SteadyTime until)
        : facts_(facts),
          until_(until),
          reader_(kReplyBytesMax) {}

    bool Reach(const valkey::ValkeyOptions& options) {
        const PeerAddress address{options.host, std::to_string(options.port)};
        const auto found = PeerConnection::Resolve(address, until_);
        if (!found) return Fail(ValkeyTrouble::kNoSuchName, found.error().context);
        Result<PeerConnection> connected = PeerConnection::Connect(*found, until_);
        if (!connected) return Fail(ValkeyTrouble::kNotReached, connected.error().context);
        peer_.emplace(std::move(*connected));
        return !options.tls || StartTls(options);
    }

    bool LogIn(const valkey::ValkeyOptions& options) {
        const std::string& password = options.password.Reveal();
        if (password.empty()) return true;
        const std::string_view user =
            options.user.empty() ? "default" : std::string_view(options.user);
        const auto reply = Ask({"AUTH", user, password});
        if (!reply) return false;
        if (reply->kind != valkey::Reply::Kind::kError) return true;
        return Fail(ValkeyTrouble::kLoginRefused, reply->text);
    }

    bool Ping() {
        const auto reply = Ask({"PING"});
        if (!reply) return false;
        if (reply->kind != valkey::Reply::Kind::kError) return true;
        const bool login = reply->text.starts_with("NOAUTH");
        return Fail(login ? ValkeyTrouble::kLoginWanted : ValkeyTrouble::kNotValkey, reply->text);
    }

    /// XX writes only over what is there, and nothing is.
    void TryCommands() {
        const std::string key = "flux:doctor:" + SecureRandomText(kKeyCharacters);
        Try({"GETRANGE", key, "0", "0"}) && Try({"SET", key, "1", "XX", "EX", "1"}) &&
            Try({"EVAL", "return redis.call('GET', KEYS[1]) or ''", "1", key}) && Try({"DEL", key});
    }

    void AskInfo() {
        auto reply = Ask({"INFO"});
        if (reply && reply->kind == valkey::Reply::Kind::kText)
            facts_.info = std::move(reply->text);
    }

private:
    bool Fail(ValkeyTrouble trouble, std::string reason) {
        facts_.trouble = trouble;
        facts_.reason = std::move(reason);
        return false;
    }

    bool StartTls(const valkey::ValkeyOptions& options) {
        const PeerTls files{options.ca_file, {}, {}};
        const Result<void> started = peer_->StartTls(files, options.host, until_);
        if (started) return true;
        switch (started.error().code) {
            case ErrorCode::kBadInput:
                return Fail(ValkeyTrouble::kOwnFile, started.error().context);
            case ErrorCode::kPermission:
                return Fail(ValkeyTrouble::kNotBelieved, started.error().context);
            case ErrorCode::kTimeout:
                return Fail(ValkeyTrouble::kSilent, started.error().context);
            default:
                return Fail(ValkeyTrouble::kNoTls, started.error().context);
        }
    }

    /// Whether there was an answer at all.
    bool Try(std::initializer_list<std::string_view> words) {
        const auto reply = Ask(words);
        if (!reply) return false;
        if (reply->kind == valkey::Reply::Kind::kError)
            facts_.refused.push_back(fmt::format("{}: {}", *words.begin(), reply->text));
        return true;
    }

    std::optional<valkey::Reply> Ask(std::initializer_list<std::string_view> words) {
        const valkey::Command command = valkey::FormatCommand(words);
        if (const auto sent = peer_->Send(command.bytes, until_); !sent)
            return NoAnswer(sent.error());
        for (;;) {
            Result<std::optional<valkey::Reply>> reply = reader_.Next();
            if (!reply) return NoValkey(reply.error());
            if (*reply) return std::move(*reply);
            const Result<std::string> byte = peer_->Receive(1, until_);
            if (!byte) return NoAnswer(byte.error());
            if (const auto fed = reader_.Feed(*byte); !fed) return NoValkey(fed.error());
        }
    }

    std::nullopt_t NoAnswer(const Error& error) {
        const bool late = error.code == ErrorCode::kTimeout;
        Fail(late ? ValkeyTrouble::kSilent : ValkeyTrouble::kHungUp, error.context);
        return std::nullopt;
    }

    std::nullopt_t NoValkey(const Error& error) {
        Fail(ValkeyTrouble::kNotValkey, error.context);
        return std::nullopt;
    }

    ValkeyServerFacts& facts_;
    const SteadyTime until_;
    std::optional<PeerConnection> peer_;
    valkey::ReplyReader reader_;
};

}  // namespace

std::string_view InfoField(std::string_view info, std::string_view name) {
    const std::string line = fmt::format("\n{}:", name);
    const std::size_t at = info.find(line);
    if (at == std::string_view::npos) return {};
    info.remove_prefix(at + line.size());
    return info.substr(0, info.find_first_of("\r\n"));
}

ValkeyServerFacts AskValkeyServer(const valkey::ValkeyOptions& options, SteadyTime until) {
    ValkeyServerFacts facts;
    Dialogue dialogue(facts, until);
    if (!dialogue.Reach(options) || !dialogue.LogIn(options) || !dialogue.Ping()) return facts;
    dialogue.TryCommands();
    if (facts.trouble == ValkeyTrouble::kNone) dialogue.AskInfo();
    return facts;
}

}  // namespace flux::app::doctor

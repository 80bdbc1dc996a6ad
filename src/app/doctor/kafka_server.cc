#include "app/doctor/kafka_server.h"

#include <cctype>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

namespace flux::app::doctor {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr Milliseconds kLastWord{500};  // for one that said nothing until its time was over

/// The conversation with one server.
class Dialogue {
public:
    Dialogue(KafkaServerFacts& facts, SteadyTime until)
        : facts_(facts),
          until_(until) {}

    bool Reach() {
        const PeerAddress address = PeerAddress::Parse(facts_.address);
        const auto found = PeerConnection::Resolve(address, until_);
        if (!found) {
            const bool silent = found.error().code == ErrorCode::kTimeout;
            return Fail(
                silent ? KafkaTrouble::kNameServiceSilent : KafkaTrouble::kNoSuchName,
                found.error().context
            );
        }
        Result<PeerConnection> connected = PeerConnection::Connect(*found, until_);
        if (!connected) return Fail(KafkaTrouble::kNotReached, connected.error().context);
        peer_.emplace(std::move(*connected));
        return true;
    }

    bool StartTls(const bus::KafkaSecurity& security) {
        if (!security.protocol.ends_with("ssl")) return true;
        const PeerTls files{security.ca_file, security.certificate_file, security.key_file};
        const std::string host = PeerAddress::Parse(facts_.address).host;
        const Result<void> started = peer_->StartTls(files, host, until_);
        if (started) return true;
        switch (started.error().code) {
            case ErrorCode::kBadInput:
                return Fail(KafkaTrouble::kOwnFile, started.error().context);
            case ErrorCode::kPermission:
                return Fail(KafkaTrouble::kNotBelieved, started.error().context);
            case ErrorCode::kTimeout:
                return Fail(KafkaTrouble::kSilent, started.error().context);
            default:
                return Fail(KafkaTrouble::kNoTls, started.error().context);
        }
    }

    bool AskVersions() {
        const auto answer = Ask(bus::VersionsRequest());
        if (!answer) return facts_.trouble == KafkaTrouble::kSilent && TryAsWebServer();
        std::optional<bus::KafkaVersions> versions = bus::ReadVersions(*answer);
        if (!versions) return Fail(KafkaTrouble::kNotKafka, "what it answers makes no sense");
        facts_.versions = std::move(*versions);
        return true;
    }

    bool LogIn(const bus::KafkaSecurity& security) {
        if (!security.protocol.starts_with("sasl_")) return true;
        const auto answer = Ask(bus::HandshakeRequest(security.sasl_mechanism));
        if (!answer) return false;
        std::optional<bus::KafkaHandshake> handshake = bus::ReadHandshake(*answer);
        if (!handshake) return Fail(KafkaTrouble::kNotKafka, "what it answers makes no sense");
        facts_.mechanisms = std::move(handshake->mechanisms);
        if (handshake->error == bus::kKafkaNoLoginHere) return Fail(KafkaTrouble::kNoLoginHere, {});
        if (handshake->error != bus::kKafkaNoError)
            return Fail(KafkaTrouble::kMechanismUnknown, {});
        return security.sasl_mechanism != "PLAIN" || LogInPlain(security);
    }

    bool AskRights(const std::vector<std::string>& topics, bool logged_in) {
        const auto found =
            facts_.versions.find(static_cast<std::int16_t>(bus::KafkaApi::kMetadata));
        if (found == facts_.versions.end() || found->second.most < 8) return true;
        const auto answer = Ask(bus::RightsRequest(topics));
        if (!answer) {
            const bool wants_login = !logged_in && facts_.trouble == KafkaTrouble::kHungUp;
            if (wants_login) facts_.trouble = KafkaTrouble::kLoginWanted;
            return false;
        }
        facts_.rights = bus::ReadRights(*answer);
        return true;
    }

    /// Only a group's coordinator knows it; but each broker looks at the rights before it says so.
    bool AskGroups(const std::vector<std::string>& groups) {
        if (!facts_.rights || !Knows(bus::KafkaApi::kOffsetFetch, 2)) return true;
        if (!Knows(bus::KafkaApi::kHeartbeat, 0)) return true;
        for (const std::string& group : groups) {
            const auto offsets = Ask(bus::GroupOffsetsRequest(group));
            const auto told = offsets ? bus::ReadGroupOffsets(*offsets) : std::nullopt;
            if (!told) return Unclear();
            const auto heartbeat = Ask(bus::HeartbeatRequest(group));
            const auto beaten = heartbeat ? bus::ReadHeartbeat(*heartbeat) : std::nullopt;
            if (!beaten) return Unclear();
            facts_.rights->groups[group] = {
                .describe = *told != bus::kKafkaGroupRefused,
                .read = *beaten != bus::kKafkaGroupRefused};
        }
        return true;
    }

    void AskTime(const Clock& clock) {
        const auto found =
            facts_.versions.find(static_cast<std::int16_t>(bus::KafkaApi::kDescribeQuorum));
        if (found == facts_.versions.end() || found->second.most < 1) return;
        const WallMillis before = clock.WallNow();
        const SteadyTime began = clock.Now();
        const auto answer = Ask(bus::QuorumRequest());
        const auto took = std::chrono::duration_cast<Milliseconds>(clock.Now() - began);
        if (!answer) {
            facts_.trouble = KafkaTrouble::kNone;  // the rest is known; only the time is not
            return;
        }
        const std::optional<WallMillis> theirs = bus::ReadLeadersTime(*answer);
        if (!theirs) return;
        facts_.clock = {Milliseconds(before - *theirs) + took / 2, took / 2};
    }

private:
    bool Knows(bus::KafkaApi api, std::int16_t version) const {
        const auto found = facts_.versions.find(static_cast<std::int16_t>(api));
        return found != facts_.versions.end() && found->second.least <= version &&
               version <= found->second.most;
    }

    /// What was asked for last stays unknown; what was learned before holds.
    bool Unclear() {
        facts_.trouble = KafkaTrouble::kNone;
        return false;
    }

    bool Fail(KafkaTrouble trouble, std::string reason) {
        facts_.trouble = trouble;
        facts_.reason = std::move(reason);
        return false;
    }

    /// A web server waits for the end of a line, which Kafka's protocol does not have.
    bool TryAsWebServer() {
        const SteadyTime until = SystemClock::Instance().Now() + kLastWord;
        if (!peer_->Send("\r\n\r\n", until)) return false;
        const Result<std::string> begin = peer_->Receive(kLengthBytes, until);
        if (begin) NoAnswerOfKafka(*begin);
        return false;
    }

    bool LogInPlain(const bus::KafkaSecurity& security) {
        const auto answer =
            Ask(bus::PlainLoginRequest(security.sasl_username, security.sasl_password));
        if (!answer) return false;
        const std::optional<bus::KafkaLogin> login = bus::ReadLogin(*answer);
        if (!login) return Fail(KafkaTrouble::kNotKafka, "what it answers makes no sense");
        if (login->error != bus::kKafkaNoError)
            return Fail(KafkaTrouble::kLoginRefused, login->why);
        return true;
    }

    /// The answer without its length.
    std::optional<std::string> Ask(const std::string& request) {
        if (const auto sent = peer_->Send(request, until_); !sent) return NoAnswer(sent.error());
        const Result<std::string> length = peer_->Receive(kLengthBytes, until_);
        if (!length) return NoAnswer(length.error());
        std::uint32_t size = 0;
        for (const char c : *length)
            size = size << 8 | static_cast<unsigned char>(c);
        if (size > PeerConnection::kReceiveMax) return NoAnswerOfKafka(*length);
        Result<std::string> answer = peer_->Receive(size, until_);
        if (!answer) return NoAnswer(answer.error());
        return std::move(*answer);
    }

    std::nullopt_t NoAnswer(const Error& error) {
        const bool late = error.code == ErrorCode::kTimeout;
        Fail(late ? KafkaTrouble::kSilent : KafkaTrouble::kHungUp, error.context);
        return std::nullopt;
    }

    /// `begin` is no length that Kafka would send.
    std::nullopt_t NoAnswerOfKafka(const std::string& begin) {
        constexpr std::string_view kTlsAlert("\x15\x03", 2);
        if (begin.starts_with(kTlsAlert)) {
            Fail(KafkaTrouble::kSpeaksTls, {});
            return std::nullopt;
        }
        const bool http = begin.starts_with("HTTP") || begin.starts_with('<');
        Fail(KafkaTrouble::kNotKafka, http ? "it is a web server" : "it speaks something else");
        return std::nullopt;
    }

    KafkaServerFacts& facts_;
    const SteadyTime until_;
    std::optional<PeerConnection> peer_;
};

}  // namespace

KafkaServerFacts AskKafkaServer(
    const std::string& address,
    const bus::KafkaSecurity& security,
    const KafkaWants& wants,
    const Clock& clock,
    SteadyTime until
) {
    KafkaServerFacts facts;
    facts.address = address;
    Dialogue dialogue(facts, until);
    if (!dialogue.Reach() || !dialogue.StartTls(security)) return facts;
    if (!dialogue.AskVersions() || !dialogue.LogIn(security)) return facts;
    // Any other way to log in is left to librdkafka, and with it what comes after the login.
    const bool logs_in = security.protocol.starts_with("sasl_");
    const bool goes_on = !logs_in || security.sasl_mechanism == "PLAIN";
    if (!goes_on || !dialogue.AskRights(wants.topics, logs_in)) return facts;
    if (dialogue.AskGroups(wants.groups)) dialogue.AskTime(clock);
    return facts;
}

KafkaServerFacts ReachKafkaServer(const std::string& address, SteadyTime until) {
    KafkaServerFacts facts;
    facts.address = address;
    Dialogue(facts, until).Reach();
    return facts;
}

}  // namespace flux::app::doctor

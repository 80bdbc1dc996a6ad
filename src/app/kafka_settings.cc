#include "app/kafka_settings.h"

#include "base/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace flux::app {
namespace {

using config::Between;
using config::Registry;
using config::TextRule;

bool IsPort(std::string_view text) {
    std::uint16_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped_at, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc() && stopped_at == end && number != 0;
}

/// "host:port" once or several times, with commas between.
bool IsBrokerList(std::string_view text) {
    if (text.empty()) return true;
    for (;;) {
        const std::size_t comma = text.find(',');
        const std::string_view one = text.substr(0, comma);
        const std::size_t colon = one.rfind(':');
        if (colon == std::string_view::npos || colon == 0) return false;
        if (!IsPort(one.substr(colon + 1))) return false;
        if (one.find(' ') != std::string_view::npos) return false;
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
    }
}

template <std::size_t N>
TextRule OneOf(const std::array<std::string_view, N>& names) {
    TextRule rule;
    rule.what = "one of";
    for (const std::string_view name : names)
        rule.what +=
            (name == names.front() ? " " : ", ") + std::string(name.empty() ? "\"\"" : name);
    rule.accept = [names](std::string_view text) {
        return std::find(names.begin(), names.end(), text) != names.end();
    };
    return rule;
}

constexpr std::array<std::string_view, 4> kProtocols{
    "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
constexpr std::array<std::string_view, 4> kMechanisms{
    "", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
constexpr std::array<std::string_view, 2> kAssignors{"range", "cooperative-sticky"};

void BindSecurity(Registry& registry, Settings& settings) {
    bus::KafkaSecurity& security = settings.kafka.security;
    registry.AddText(
        "kafka.security_protocol",
        &security.protocol,
        OneOf(kProtocols),
        "How brokers are spoken to."
    );
    registry.AddText(
        "kafka.sasl_mechanism", &security.sasl_mechanism, OneOf(kMechanisms), "How Flux logs in."
    );
    registry.AddText("kafka.sasl_username", &security.sasl_username, {}, "Who logs in.");
    registry.AddSecret(
        "kafka.sasl_password", &settings.kafka_password, "The password of kafka.sasl_username."
    );
    registry.AddText(
        "kafka.ca_file",
        &security.ca_file,
        {},
        "Certificates (PEM) that may vouch for a broker; empty is the machine's."
    );
    registry.AddText(
        "kafka.certificate_file",
        &security.certificate_file,
        {},
        "Flux's own certificate (PEM), for brokers that ask for one."
    );
    registry.AddText(
        "kafka.key_file", &security.key_file, {}, "The key (PEM) of that certificate."
    );
}

void BindTimes(Registry& registry, bus::KafkaOptions& kafka) {
    registry.AddDuration(
        "kafka.start_timeout",
        &kafka.start_timeout,
        Between<Milliseconds>{1s, 24h},
        1s,
        "How long a start waits until Kafka answers, takes a first record and has its topics."
    );
    registry.AddDuration(
        "kafka.request_timeout",
        &kafka.request_timeout,
        Between<Milliseconds>{1s, 1min},
        1ms,
        "How long a broker may take to answer a question."
    );
    registry.AddDuration(
        "kafka.publish_timeout",
        &kafka.publish_timeout,
        Between<Milliseconds>{1s, 1h},
        1ms,
        "How long a record waits for Kafka before its publisher is told that it failed."
    );
    registry.AddDuration(
        "kafka.session_timeout",
        &kafka.session_timeout,
        Between<Milliseconds>{6s, 30min},
        1ms,
        "A member of a group that Kafka does not hear of for so long loses its partitions."
    );
    registry.AddDuration(
        "kafka.probe_interval",
        &kafka.probe_interval,
        Between<Milliseconds>{100ms, 10min},
        1ms,
        "How often Kafka is asked whether it is there."
    );
    registry.AddDuration(
        "kafka.growth_interval",
        &kafka.growth_interval,
        Between<Milliseconds>{100ms, 1h},
        1ms,
        "How often topics are asked whether they have more partitions, and whether one that a "
        "route waits for is there; what is new is read from its beginning."
    );
}

void BindBounds(Registry& registry, bus::KafkaOptions& kafka) {
    registry.AddInteger(
        "kafka.queue_records_max",
        &kafka.queue_records_max,
        Between<std::size_t>{1, 10'000'000},
        "records",
        "Records that wait for Kafka's acknowledgement; more are refused to their publisher."
    );
    registry.AddBytes(
        "kafka.queue_bytes_max",
        &kafka.queue_bytes_max,
        Between<std::size_t>{1 * MiB, 2 * GiB},
        "As kafka.queue_records_max, in bytes."
    );
    registry.AddBytes(
        "kafka.prefetch_bytes_max",
        &kafka.prefetch_bytes_max,
        Between<std::size_t>{1 * MiB, 1 * GiB},
        "Fetched ahead of its reader, for each partition that is read."
    );
}

/// What says how to log in, or whom to believe, must not be passed over in silence.
void CheckHasEffect(
    Registry& registry, const bus::KafkaSecurity& security, config::Problems& problems
) {
    using Given = std::pair<std::string_view, const std::string*>;
    const std::array<Given, 3> login{
        {{"kafka.sasl_mechanism", &security.sasl_mechanism},
         {"kafka.sasl_username", &security.sasl_username},
         {"kafka.sasl_password", &security.sasl_password}}};
    const std::array<Given, 3> tls{
        {{"kafka.ca_file", &security.ca_file},
         {"kafka.certificate_file", &security.certificate_file},
         {"kafka.key_file", &security.key_file}}};
    const auto refuse = [&](const std::array<Given, 3>& settings, const std::string& why) {
        for (const auto& [name, text] : settings) {
            if (text->empty()) continue;
            problems.Add(
                registry.Find(name)->place,
                std::string(name) + why + security.protocol + "; set it to sasl_ssl or " +
                    (&settings == &tls ? "ssl" : "sasl_plaintext") + ", or leave " +
                    std::string(name) + " away"
            );
        }
    };
    if (!security.protocol.starts_with("sasl_"))
        refuse(login, " says how to log in, but kafka.security_protocol is ");
    if (!security.protocol.ends_with("ssl"))
        refuse(tls, " is for TLS, but kafka.security_protocol is ");
}

}  // namespace

void BindKafka(Registry& registry, Settings& settings) {
    bus::KafkaOptions& kafka = settings.kafka;
    registry.AddText(
        "kafka.brokers",
        &kafka.brokers,
        TextRule{.what = "host:port, several with commas between", .accept = IsBrokerList},
        "Kafka, as the event bus; empty is the embedded bus inside this process."
    );
    registry.AddText(
        "kafka.client_id", &kafka.client_id, {}, "What the brokers' logs call this process."
    );
    BindSecurity(registry, settings);
    BindTimes(registry, kafka);
    BindBounds(registry, kafka);
    registry.AddText(
        "kafka.assignor",
        &kafka.assignor,
        OneOf(kAssignors),
        "How a group deals its partitions; all members must say the same."
    );
}

void CompleteKafka(Registry& registry, Settings& settings, config::Problems& problems) {
    bus::KafkaSecurity& security = settings.kafka.security;
    security.sasl_password = settings.kafka_password.Reveal();
    const bool logs_in = security.protocol.starts_with("sasl_");
    if (logs_in && (security.sasl_mechanism.empty() || security.sasl_username.empty() ||
                    security.sasl_password.empty())) {
        problems.Add(
            registry.Find("kafka.security_protocol")->place,
            "kafka.security_protocol is " + security.protocol +
                ", which needs kafka.sasl_mechanism, kafka.sasl_username and "
                "kafka.sasl_password_file"
        );
    }
    CheckHasEffect(registry, security, problems);
    if (security.certificate_file.empty() != security.key_file.empty()) {
        problems.Add(
            registry
                .Find(
                    security.certificate_file.empty() ? "kafka.key_file" : "kafka.certificate_file"
                )
                ->place,
            "kafka.certificate_file and kafka.key_file belong together; set both, or neither"
        );
    }
}

}  // namespace flux::app

#include "bus/kafka/kafka_client.h"

#include "base/log.h"

#include <array>
#include <atomic>
#include <chrono>
#include <fmt/format.h>

namespace flux::bus {
namespace {

constexpr int kSyslogWarning = 4;  // syslog(3), which librdkafka's levels are

/// A broker that is away makes each client say so at each try; the bus itself reports the outage.
constexpr std::chrono::seconds kLogInterval{10};

/// One line of a client, from any of its threads.
void OnLog(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    static std::atomic<std::int64_t> next_warning{0};
    const std::string_view name = client != nullptr ? rd_kafka_name(client) : "";
    if (level > kSyslogWarning) {
        return log::Debug("kafka.client", text, {{"client", name}, {"facility", facility}});
    }
    const auto now = SystemClock::Instance().Now().time_since_epoch().count();
    std::int64_t due = next_warning.load(std::memory_order_relaxed);
    const std::int64_t then = now + std::chrono::steady_clock::duration(kLogInterval).count();
    if (now < due || !next_warning.compare_exchange_strong(due, then)) {
        return log::Debug("kafka.client", text, {{"client", name}, {"facility", facility}});
    }
    log::Warn("kafka.client", text, {{"client", name}, {"facility", facility}});
}

}  // namespace

KafkaClient::KafkaClient(const KafkaOptions& options, std::string_view role)
    : conf_(rd_kafka_conf_new()) {
    rd_kafka_conf_set_log_cb(conf_.get(), OnLog);
    Set("bootstrap.servers", options.brokers);
    Set("client.id", fmt::format("{}-{}", options.client_id, role));
    Set("log.connection.close", "false");
    // A broker that makes topics by itself gives them its own shape as soon as one is asked for.
    Set("allow.auto.create.topics", "false");
    Set("socket.keepalive.enable", "true");
    Set("socket.nagle.disable", "true");
    // A broker that hangs is noticed within this, and one that is back within the second.
    Set("socket.timeout.ms", 2 * options.request_timeout.count());
    Set("socket.connection.setup.timeout.ms", options.request_timeout.count());
    Set("reconnect.backoff.ms", 100);
    Set("reconnect.backoff.max.ms", 1'000);
    SetSecurity(options.security);
}

void KafkaClient::SetSecurity(const KafkaSecurity& security) {
    Set("security.protocol", security.protocol);
    // A broker's certificate must be for the name it was reached by. librdkafka has not always had
    // it so by itself.
    if (security.protocol.ends_with("ssl")) Set("ssl.endpoint.identification.algorithm", "https");
    const std::array<std::pair<const char*, const std::string*>, 6> texts{
        {{"sasl.mechanism", &security.sasl_mechanism},
         {"sasl.username", &security.sasl_username},
         {"sasl.password", &security.sasl_password},
         {"ssl.ca.location", &security.ca_file},
         {"ssl.certificate.location", &security.certificate_file},
         {"ssl.key.location", &security.key_file}}};
    for (const auto& [name, text] : texts) {
        if (!text->empty()) Set(name, *text);
    }
}

KafkaClient& KafkaClient::Set(const char* name, const std::string& value) {
    if (!refused_.empty()) return *this;
    std::array<char, 512> why{};
    const auto done = rd_kafka_conf_set(conf_.get(), name, value.c_str(), why.data(), why.size());
    if (done != RD_KAFKA_CONF_OK) refused_ = why.data();
    return *this;
}

Result<KafkaPtr<rd_kafka_t>> KafkaClient::Make(rd_kafka_type_t type) {
    const auto refusal = [](std::string_view why) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kNever,
            fmt::format("could not make a Kafka client: {}", why)
        );
    };
    if (type == RD_KAFKA_PRODUCER) Set("retry.backoff.ms", 100);  // consumers have none, and say so
    if (!refused_.empty()) return refusal(refused_);
    std::array<char, 512> why{};
    KafkaPtr<rd_kafka_t> client(rd_kafka_new(type, conf_.get(), why.data(), why.size()));
    if (!client) return refusal(why.data());
    static_cast<void>(conf_.release());  // the client's from now on
    return client;
}

}  // namespace flux::bus

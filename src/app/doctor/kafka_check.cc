#include "app/doctor/kafka_check.h"

#include "app/doctor/kafka_judgement.h"
#include "app/wanted_topics.h"
#include "bus/kafka/kafka_admin.h"
#include "contract/topics.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace flux::app::doctor {
namespace {

constexpr Milliseconds kServersTime{7'000};  // for all of kafka.brokers
constexpr Milliseconds kServerTime{3'000};   // for one
constexpr Milliseconds kAnswerTime{1'500};   // for one question by librdkafka
constexpr Milliseconds kTopicsTime{4'000};   // for all topics, to begin with the last one

std::vector<std::string> Split(const std::string& brokers) {
    std::vector<std::string> servers;
    for (std::size_t begin = 0; begin <= brokers.size();) {
        const std::size_t comma = std::min(brokers.find(',', begin), brokers.size());
        servers.push_back(brokers.substr(begin, comma - begin));
        begin = comma + 1;
    }
    return servers;
}

/// Every topic that Flux reads or writes, with those it wants in a certain shape first.
std::vector<KafkaTopicFacts> TopicsOf(const Settings& settings, std::int32_t brokers) {
    std::vector<KafkaTopicFacts> topics;
    std::set<std::string> seen;
    for (const auto& [name, options] : WantedTopics(settings)) {
        KafkaTopicFacts& topic = topics.emplace_back();
        topic.name = name;
        topic.owner = contract::FindTopic(name) != nullptr ? KafkaTopicFacts::Owner::kFlux
                                                           : KafkaTopicFacts::Owner::kRow;
        topic.wanted = bus::ShapeFor(options, brokers);
        seen.insert(name);
    }
    for (const std::string& name : settings.gateway.tables.routes.Topics()) {
        if (!seen.insert(name).second) continue;
        KafkaTopicFacts& topic = topics.emplace_back();
        topic.name = name;
        topic.wanted = bus::ShapeFor({}, brokers);
    }
    return topics;
}

/// Of topics, and of the one that every Kafka client of Flux writes to first.
std::vector<std::string> NamesOf(const std::vector<KafkaTopicFacts>& topics) {
    std::vector<std::string> names{std::string(kWarmUpTopic)};
    for (const KafkaTopicFacts& topic : topics)
        names.push_back(topic.name);
    return names;
}

/// The groups in which instances of services share their commands.
std::vector<std::string> Groups() {
    std::vector<std::string> groups;
    for (const contract::Topic& topic : contract::kTopics) {
        if (!topic.group.empty()) groups.emplace_back(topic.group);
    }
    return groups;
}

void LookAtTopic(bus::KafkaAdmin& admin, KafkaTopicFacts& topic) {
    const bus::TopicName name(topic.name);
    const Result<bus::KafkaTopic> described = admin.Describe(name);
    if (!described) {
        topic.error = described.error();
        if (topic.error->code != ErrorCode::kNotFound) return;
        const Result<void> could = admin.TryCreate(name, topic.wanted);
        if (!could) topic.create_error = could.error();
        return;
    }
    topic.health = described->health;
    const Result<bus::KafkaTopicShape> shape = admin.ShapeOf(name);
    if (shape) {
        topic.has = *shape;
    } else {
        topic.error = shape.error();
    }
}

/// One examination of Kafka.
class KafkaExamination {
public:
    explicit KafkaExamination(const Examination& examination)
        : settings_(examination.settings()),
          clock_(examination.clock) {}

    Findings Run() {
        AskServers();
        const auto answers = [](const auto& one) { return one.trouble == KafkaTrouble::kNone; };
        const auto first = std::find_if(servers_.begin(), servers_.end(), answers);
        if (first == servers_.end()) return std::move(findings_);
        bus::KafkaOptions options = settings_.kafka;
        options.request_timeout = std::min(options.request_timeout, kAnswerTime);
        const auto admin = bus::KafkaAdmin::Make(options);
        if (!admin) {
            Refuse(admin.error());
        } else if (const Result<void> probed = (*admin)->Probe(); !probed) {
            Refuse(probed.error());
        } else {
            LookAround(**admin, *first);
        }
        return std::move(findings_);
    }

private:
    void AskServers() {
        const KafkaWants wants{.topics = NamesOf(TopicsOf(settings_, 1)), .groups = Groups()};
        const SteadyTime all_until = clock_.Now() + kServersTime;
        for (const std::string& address : Split(settings_.kafka.brokers)) {
            const SteadyTime until = std::min(clock_.Now() + kServerTime, all_until);
            KafkaServerFacts& facts = servers_.emplace_back(
                AskKafkaServer(address, settings_.kafka.security, wants, clock_, until)
            );
            const bool answers = facts.trouble == KafkaTrouble::kNone;
            if (answers && !AgeOf(facts.versions)) facts.trouble = KafkaTrouble::kTooOld;
        }
        findings_ = JudgeServers(servers_, settings_.kafka.security);
    }

    /// The library that Flux itself uses does not get through.
    void Refuse(const Error& error) {
        findings_.push_back(Wrong(
            "kafka client",
            error.context,
            "what the sentence names; the servers themselves do answer, as said above"
        ));
    }

    void LookAround(bus::KafkaAdmin& admin, const KafkaServerFacts& server) {
        const Result<std::vector<std::string>> brokers = admin.Brokers();
        if (!brokers) return Refuse(brokers.error());
        if (!ReachBrokers(*brokers)) return;
        const auto count = static_cast<std::int32_t>(brokers->size());
        std::vector<KafkaTopicFacts> topics = TopicsOf(settings_, count);
        const SteadyTime until = clock_.Now() + kTopicsTime;
        for (KafkaTopicFacts& topic : topics) {
            if (clock_.Now() > until) break;  // the rest stays unknown, which is said
            LookAtTopic(admin, topic);
        }
        for (Finding& finding : JudgeTopics(topics, settings_.kafka.brokers))
            findings_.push_back(std::move(finding));
        const KafkaWants wants{.topics = NamesOf(topics), .groups = Groups()};
        findings_.push_back(JudgeRights(server.rights, wants, settings_.kafka));
        findings_.push_back(JudgeClock(server.clock));
    }

    /// Whether all of them are there.
    bool ReachBrokers(const std::vector<std::string>& addresses) {
        std::vector<KafkaServerFacts> brokers;
        brokers.reserve(addresses.size());
        const SteadyTime until = clock_.Now() + kServerTime;
        for (const std::string& address : addresses)
            brokers.push_back(ReachKafkaServer(address, until));
        findings_.push_back(JudgeBrokers(brokers));
        return findings_.back().verdict == Verdict::kOk;
    }

    const Settings& settings_;
    const Clock& clock_;
    std::vector<KafkaServerFacts> servers_;
    Findings findings_;
};

}  // namespace

Findings CheckKafka(const Examination& examination) {
    if (examination.settings().kafka.brokers.empty()) {
        return {
            Ok("event bus", "inside the process; no Kafka is configured (kafka.brokers, --kafka)")};
    }
    return KafkaExamination(examination).Run();
}

}  // namespace flux::app::doctor

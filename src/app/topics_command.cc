#include "app/commands.h"
#include "app/wanted_topics.h"
#include "bus/kafka/kafka_admin.h"

#include <fmt/core.h>
#include <map>
#include <string>

namespace flux::app {
namespace {

using bus::KafkaTopicShape;
using bus::TopicName;

int Fail(const Error& error) {
    fmt::print(stderr, "flux: {}\n", error.context);
    return kExitFailed;
}

/// Makes one topic, or says how it differs.
Result<void> Apply(
    bus::KafkaAdmin& admin,
    const std::string& brokers,
    const TopicName& topic,
    const KafkaTopicShape& wanted
) {
    const Result<KafkaTopicShape> has = admin.ShapeOf(topic);
    if (!has && has.error().code == ErrorCode::kNotFound) {
        if (Result<void> made = admin.Create(topic, wanted); !made) return made;
        fmt::print(
            "made     {}: {} partitions, {} copies\n",
            topic.value(),
            wanted.partitions,
            wanted.replication
        );
        return {};
    }
    if (!has) return has.error();
    const auto differences = DifferencesOf(topic, *has, wanted, brokers);
    if (differences.empty()) fmt::print("there    {}\n", topic.value());
    for (const bus::TopicDifference& one : differences)
        fmt::print("differs  {}: {}\n         {}\n", topic.value(), one.what, one.remedy);
    return {};
}

/// A topic of a route alone is its owner's. One that is not there may be a mistake in its name.
Result<void> LookAtOthers(
    bus::KafkaAdmin& admin,
    const Settings& settings,
    const std::map<std::string, bus::TopicOptions>& wanted
) {
    for (const std::string& name : settings.gateway.tables.routes.Topics()) {
        if (wanted.contains(name)) continue;
        const Result<bus::KafkaTopic> found = admin.Describe(TopicName(name));
        if (found) continue;
        if (found.error().code != ErrorCode::kNotFound) return found.error();
        fmt::print(
            "missing  {0}: a route reads it; correct its name there, or let this command make it "
            "by a [[topic]] row with name = \"{0}\"\n",
            name
        );
    }
    return {};
}

int ApplyAll(bus::KafkaAdmin& admin, const Settings& settings) {
    if (const Result<void> answers = admin.Probe(); !answers) return Fail(answers.error());
    const Result<std::int32_t> brokers = admin.CountBrokers();
    if (!brokers) return Fail(brokers.error());
    int outcome = kExitOk;
    const std::map<std::string, bus::TopicOptions> topics = WantedTopics(settings);
    for (const auto& [name, options] : topics) {
        const KafkaTopicShape wanted = ShapeFor(options, *brokers);
        const auto applied = Apply(admin, settings.kafka.brokers, TopicName(name), wanted);
        if (!applied) outcome = Fail(applied.error());
    }
    if (const auto looked = LookAtOthers(admin, settings, topics); !looked)
        outcome = Fail(looked.error());
    return outcome;
}

}  // namespace

int RunTopicsApply(const ConfigArguments& arguments) {
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments);
    if (!configuration) return kExitBadUsage;
    const Settings& settings = configuration->settings;
    if (settings.kafka.brokers.empty()) {
        fmt::print(
            stderr,
            "flux: topics are made on Kafka, and kafka.brokers names none; say where it is "
            "(--kafka HOST:PORT). The embedded bus makes its topics by itself.\n"
        );
        return kExitBadUsage;
    }
    const Result<std::unique_ptr<bus::KafkaAdmin>> admin = bus::KafkaAdmin::Make(settings.kafka);
    if (!admin) return Fail(admin.error());
    return ApplyAll(**admin, settings);
}

}  // namespace flux::app

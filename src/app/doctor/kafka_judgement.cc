#include "app/doctor/kafka_judgement.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flux::app::doctor {
namespace {

using Owner = KafkaTopicFacts::Owner;

constexpr Milliseconds kClockGapMax{1'000};

/// What is in the way, and what to do about it.
struct Explanation {
    std::string text;
    std::string remedy;
};

Explanation ExplainReaching(const KafkaServerFacts& server) {
    const std::string correct = "correct kafka.brokers";
    switch (server.trouble) {
        case KafkaTrouble::kNoSuchName:
            return {
                fmt::format("its name is not known on this machine ({})", server.reason),
                correct + ", or make the name known (DNS, /etc/hosts)"};
        case KafkaTrouble::kNameServiceSilent:
            return {
                "its name could not be looked up: " + server.reason,
                "see to this machine's DNS (/etc/resolv.conf), or name an address in "
                "kafka.brokers"};
        default:
            return {
                fmt::format("nothing could be reached there ({})", server.reason),
                "start Kafka there, " + correct +
                    ", or let the firewall pass; `./dev services up` starts a Kafka for "
                    "development"};
    }
}

Explanation ExplainTls(const KafkaServerFacts& server) {
    switch (server.trouble) {
        case KafkaTrouble::kOwnFile:
            return {
                "a certificate file of Flux could not be used: " + server.reason,
                "correct kafka.ca_file, kafka.certificate_file or kafka.key_file"};
        case KafkaTrouble::kNotBelieved:
            return {
                fmt::format("its certificate is not believed ({})", server.reason),
                "let kafka.ca_file name the authority that signed it, and kafka.brokers the name "
                "it was made for"};
        default:
            return {
                fmt::format("TLS fails there ({})", server.reason),
                "if that listener of Kafka speaks without TLS, set kafka.security_protocol to "
                "plaintext or sasl_plaintext; if it asks for a certificate, set "
                "kafka.certificate_file and kafka.key_file"};
    }
}

Explanation ExplainAnswer(const KafkaServerFacts& server) {
    const std::string port = "correct the port in kafka.brokers, or kafka.security_protocol";
    switch (server.trouble) {
        case KafkaTrouble::kSilent:
            return {
                "it takes connections and says nothing: it hangs, or is no Kafka",
                "look at Kafka's own log there; else " + port};
        case KafkaTrouble::kHungUp:
            return {
                fmt::format("it closes the connection at the first question ({})", server.reason),
                port + "; Kafka's own log says why"};
        case KafkaTrouble::kSpeaksTls:
            return {
                "it speaks TLS, and Flux does not",
                "set kafka.security_protocol to ssl, or to sasl_ssl with a login"};
        case KafkaTrouble::kTooOld:
            return {
                "it is too old: it lacks requests that Flux needs",
                "use a newer Kafka; Flux is tried with 4"};
        default:
            return {"it is no Kafka: " + server.reason, port};
    }
}

Explanation ExplainLogin(const KafkaServerFacts& server, const bus::KafkaSecurity& security) {
    switch (server.trouble) {
        case KafkaTrouble::kMechanismUnknown:
            return {
                fmt::format(
                    "it does not know the login by {}; it knows {}",
                    security.sasl_mechanism,
                    fmt::join(server.mechanisms, ", ")
                ),
                "set kafka.sasl_mechanism to one of them"};
        case KafkaTrouble::kNoLoginHere:
            return {
                "it asks for no login on that port, and Flux tries one",
                fmt::format(
                    "set kafka.security_protocol to {} and remove kafka.sasl_mechanism, or name "
                    "the port with logins",
                    security.protocol.ends_with("ssl") ? "ssl" : "plaintext"
                )};
        case KafkaTrouble::kLoginWanted:
            return {
                "it asks for a login, and Flux has none",
                fmt::format(
                    "set kafka.security_protocol to {}, kafka.sasl_mechanism, kafka.sasl_username "
                    "and kafka.sasl_password_file",
                    security.protocol.ends_with("ssl") ? "sasl_ssl" : "sasl_plaintext"
                )};
        default:
            return {
                fmt::format(
                    "it refuses the login of {} ({})", security.sasl_username, server.reason
                ),
                "correct kafka.sasl_username and the content of kafka.sasl_password_file"};
    }
}

Explanation Explain(const KafkaServerFacts& server, const bus::KafkaSecurity& security) {
    switch (server.trouble) {
        case KafkaTrouble::kNoSuchName:
        case KafkaTrouble::kNameServiceSilent:
        case KafkaTrouble::kNotReached:
            return ExplainReaching(server);
        case KafkaTrouble::kOwnFile:
        case KafkaTrouble::kNotBelieved:
        case KafkaTrouble::kNoTls:
            return ExplainTls(server);
        case KafkaTrouble::kMechanismUnknown:
        case KafkaTrouble::kNoLoginHere:
        case KafkaTrouble::kLoginRefused:
        case KafkaTrouble::kLoginWanted:
            return ExplainLogin(server, security);
        default:
            return ExplainAnswer(server);
    }
}

/// How a server that answers was come to: "TLS, login as flux, Kafka 4 or newer".
std::string Way(const KafkaServerFacts& server, const bus::KafkaSecurity& security) {
    std::string way = AgeOf(server.versions).value_or("");
    if (security.protocol.ends_with("ssl")) way += ", over TLS";
    if (security.protocol.starts_with("sasl_") && security.sasl_mechanism == "PLAIN")
        way += ", logged in as " + security.sasl_username;
    return way;
}

std::optional<bus::KafkaVersionRange> Versions(
    const bus::KafkaVersions& versions, bus::KafkaApi api
) {
    const auto found = versions.find(static_cast<std::int16_t>(api));
    if (found == versions.end()) return std::nullopt;
    return found->second;
}

bool Reaches(const bus::KafkaVersions& versions, bus::KafkaApi api, std::int16_t version) {
    const auto range = Versions(versions, api);
    return range && range->most >= version;
}

std::string Count(std::size_t number, std::string_view one) {
    return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

std::string Apply(const std::string& brokers) {
    return fmt::format("flux topics apply --kafka {}", brokers);
}

/// A topic that exists: whether its partitions are well.
std::optional<Finding> JudgeHealth(const KafkaTopicFacts& topic) {
    const std::string check = "topic " + topic.name;
    const bus::KafkaTopicHealth& health = topic.health;
    if (health.without_leader > 0) {
        return Wrong(
            check,
            fmt::format(
                "{} cannot be read or written, because the brokers that keep it are away",
                Count(static_cast<std::size_t>(health.without_leader), "partition")
            ),
            "start the brokers that are missing"
        );
    }
    const std::int32_t needed = topic.has->min_insync.value_or(1);
    if (health.least_in_sync < needed) {
        return Wrong(
            check,
            fmt::format(
                "takes no records: it wants {} to acknowledge (min.insync.replicas), and a "
                "partition has {}",
                needed == 1 ? "1 copy" : fmt::format("{} copies", needed),
                health.least_in_sync
            ),
            "start the brokers that are missing, or wait until they have caught up"
        );
    }
    if (health.lagging > 0) {
        return Warning(
            check,
            fmt::format(
                "{} not on every broker that should keep a copy",
                health.lagging == 1 ? "1 partition is"
                                    : fmt::format("{} partitions are", health.lagging)
            ),
            "start the brokers that are missing, or wait until they have caught up"
        );
    }
    return std::nullopt;
}

Finding JudgeMissing(const KafkaTopicFacts& topic, const std::string& brokers) {
    const std::string check = "topic " + topic.name;
    if (topic.owner == Owner::kOthers) {
        return Warning(
            check,
            "is not there, and a route reads it: nothing comes of it until somebody makes it",
            fmt::format(
                "correct its name in the route, or give it a [[topic]] row and: {}", Apply(brokers)
            )
        );
    }
    if (!topic.create_error) {
        return Warning(check, "is not there yet; Flux makes it when it starts", Apply(brokers));
    }
    const bool refused = topic.create_error->code == ErrorCode::kPermission;
    return Wrong(
        check,
        fmt::format(
            "is missing, and {}: {}",
            refused ? "this login may not make it" : "it cannot be made",
            topic.create_error->context
        ),
        refused ? fmt::format(
                      "let somebody who may make it with {}",
                      Count(static_cast<std::size_t>(topic.wanted.partitions), "partition")
                  )
        : topic.owner == Owner::kRow ? "correct its [[topic]] row, or Kafka's settings"
                                     : "correct Kafka's settings"
    );
}

Findings JudgeShape(const KafkaTopicFacts& topic, const std::string& brokers) {
    Findings findings;
    const std::string check = "topic " + topic.name;
    const auto differences =
        DifferencesOf(bus::TopicName(topic.name), *topic.has, topic.wanted, brokers);
    // Partitions come first, if they differ. Too many of them do no harm.
    const bool too_few = topic.has->partitions < topic.wanted.partitions;
    for (const bus::TopicDifference& one : differences) {
        if (!too_few || &one != &differences.front()) {
            findings.push_back(Warning(check, one.what, one.remedy));
            continue;
        }
        const std::string row =
            topic.owner == Owner::kRow
                ? fmt::format(
                      "write partitions = {} in its [[topic]] row, or: ", topic.has->partitions
                  )
                : "";
        findings.push_back(Wrong(check, one.what + ", and Flux does not start", row + one.remedy));
    }
    return findings;
}

std::string AclCommand(
    const bus::KafkaOptions& kafka, std::string_view operations, std::string_view resource
) {
    const std::string& user = kafka.security.sasl_username;
    return fmt::format(
        "kafka-acls.sh --bootstrap-server {} --add --allow-principal User:{}{} {}",
        kafka.brokers,
        user.empty() ? "ANONYMOUS" : user,
        operations,
        resource
    );
}

/// What is lacking on one topic, as options of kafka-acls.sh.
std::string Lacking(const bus::KafkaRights& rights, const std::string& topic) {
    constexpr std::array<std::pair<bus::KafkaOperation, std::string_view>, 3> kNeeded{
        {{bus::KafkaOperation::kDescribe, "Describe"},
         {bus::KafkaOperation::kRead, "Read"},
         {bus::KafkaOperation::kWrite, "Write"}}};
    const auto found = rights.topics.find(topic);
    if (found == rights.topics.end() || found->second.error == bus::kKafkaUnknownTopic) return {};
    std::string lacking;
    for (const auto& [operation, name] : kNeeded) {
        if (!found->second.operations.Allows(operation))
            lacking += fmt::format(" --operation {}", name);
    }
    return lacking;
}

/// Without its groups a gateway works, but no service takes a command.
Finding JudgeGroups(
    const std::string& check,
    const bus::KafkaRights& rights,
    const std::vector<std::string>& groups,
    const bus::KafkaOptions& kafka
) {
    std::vector<std::string> lacking;
    bool describes = true;
    bool reads = true;
    bool known = true;
    for (const std::string& group : groups) {
        const auto found = rights.groups.find(group);
        known = known && found != rights.groups.end();
        if (found == rights.groups.end() || (found->second.describe && found->second.read))
            continue;
        lacking.push_back(group);
        describes = describes && found->second.describe;
        reads = reads && found->second.read;
    }
    if (lacking.empty() && known)
        return Ok(check, "Flux may read and write its topics, and its services share their groups");
    if (lacking.empty()) {
        return Ok(
            check,
            "Flux may read and write its topics; the groups of its services were not looked at, "
            "this Kafka does not tell"
        );
    }
    const std::string operations =
        std::string(describes ? "" : " --operation Describe") + (reads ? "" : " --operation Read");
    return Wrong(
        check,
        fmt::format(
            "this login may not use {} {}, in which instances of a service share its commands",
            lacking.size() == 1 ? "group" : "groups",
            fmt::join(lacking, ", ")
        ),
        AclCommand(kafka, operations, fmt::format("--group {}", fmt::join(lacking, " --group ")))
    );
}

}  // namespace

std::optional<std::string> AgeOf(const bus::KafkaVersions& versions) {
    const bool enough = Reaches(versions, bus::KafkaApi::kProduce, 3) &&
                        Reaches(versions, bus::KafkaApi::kFetch, 4) &&
                        Reaches(versions, bus::KafkaApi::kListOffsets, 1) &&
                        Reaches(versions, bus::KafkaApi::kCreateTopics, 2) &&
                        Reaches(versions, bus::KafkaApi::kInitProducerId, 0) &&
                        Reaches(versions, bus::KafkaApi::kDescribeConfigs, 1);
    if (!enough) return std::nullopt;
    // Kafka 4 took the oldest versions away.
    if (Versions(versions, bus::KafkaApi::kCreateTopics)->least >= 2) return "Kafka 4 or newer";
    if (Reaches(versions, bus::KafkaApi::kDescribeQuorum, 1)) return "Kafka 3.3 or newer";
    const bool tells_rights = Reaches(versions, bus::KafkaApi::kMetadata, 8);
    return tells_rights ? "Kafka 2.3 or newer" : "Kafka older than 2.3";
}

Findings JudgeServers(
    const std::vector<KafkaServerFacts>& servers, const bus::KafkaSecurity& security
) {
    const bool any = std::any_of(servers.begin(), servers.end(), [](const auto& server) {
        return server.trouble == KafkaTrouble::kNone;
    });
    Findings findings;
    for (const KafkaServerFacts& server : servers) {
        const std::string check = "kafka " + server.address;
        if (server.trouble == KafkaTrouble::kNone) {
            findings.push_back(Ok(check, "answers: " + Way(server, security)));
            continue;
        }
        Explanation why = Explain(server, security);
        Finding& finding =
            findings.emplace_back(Wrong(check, std::move(why.text), std::move(why.remedy)));
        if (any) finding.verdict = Verdict::kWarning;
    }
    return findings;
}

Finding JudgeBrokers(const std::vector<KafkaServerFacts>& brokers) {
    std::vector<std::string> there;
    for (const KafkaServerFacts& broker : brokers) {
        if (broker.trouble == KafkaTrouble::kNone) {
            there.push_back(broker.address);
            continue;
        }
        return Wrong(
            "kafka brokers",
            fmt::format(
                "Kafka answers, and says that one of its brokers is at {}, which cannot be "
                "reached from here: {}",
                broker.address,
                ExplainReaching(broker).text
            ),
            "correct advertised.listeners in that broker's server.properties to a name and a port "
            "that this machine reaches"
        );
    }
    const std::string copies = there.size() == 1 ? "; of everything there is one copy" : "";
    return Ok(
        "kafka brokers",
        fmt::format("{}: {}{}", Count(there.size(), "broker"), fmt::join(there, ", "), copies)
    );
}

Findings JudgeTopics(const std::vector<KafkaTopicFacts>& topics, const std::string& brokers) {
    Findings findings;
    std::vector<std::string> well;
    for (const KafkaTopicFacts& topic : topics) {
        if (topic.error && topic.error->code == ErrorCode::kNotFound) {
            findings.push_back(JudgeMissing(topic, brokers));
            continue;
        }
        if (topic.error || !topic.has) {
            findings.push_back(Wrong(
                "topic " + topic.name,
                topic.error ? topic.error->context : "nobody tells how it is",
                "see what else is wrong here, and look again"
            ));
            continue;
        }
        const std::size_t before = findings.size();
        if (auto health = JudgeHealth(topic)) findings.push_back(*std::move(health));
        if (topic.owner != Owner::kOthers) {
            for (Finding& finding : JudgeShape(topic, brokers))
                findings.push_back(std::move(finding));
        }
        if (findings.size() == before) well.push_back(topic.name);
    }
    if (!well.empty()) {
        findings.push_back(
            Ok("kafka topics", fmt::format("there and as wanted: {}", fmt::join(well, ", ")))
        );
    }
    return findings;
}

Finding JudgeRights(
    const std::optional<bus::KafkaRights>& rights,
    const KafkaWants& wants,
    const bus::KafkaOptions& kafka
) {
    const std::string check = "kafka permissions";
    if (!rights) {
        return Ok(
            check,
            fmt::format(
                "were not looked at: only a login by PLAIN, or none, can be asked for them (this "
                "one goes by {})",
                kafka.security.sasl_mechanism
            )
        );
    }
    for (const std::string& topic : wants.topics) {
        const std::string lacking = Lacking(*rights, topic);
        if (lacking.empty()) continue;
        return Wrong(
            check,
            fmt::format("this login lacks rights on topic {}", topic),
            AclCommand(kafka, lacking, "--topic " + topic)
        );
    }
    return JudgeGroups(check, *rights, wants.groups, kafka);
}

Finding JudgeClock(const std::optional<KafkaClockGap>& gap) {
    const std::string check = "kafka clock";
    if (!gap) {
        return Ok(
            check,
            "could not be compared: Kafka tells the time to a login that may describe the "
            "cluster, from 3.3 on"
        );
    }
    const Milliseconds off = std::chrono::abs(gap->ahead);
    if (off - gap->uncertainty <= kClockGapMax) {
        return Ok(
            check,
            fmt::format(
                "this machine and Kafka agree within {} ms", (off + gap->uncertainty).count()
            )
        );
    }
    return Warning(
        check,
        fmt::format(
            "this machine's clock is {:.1f} s {} Kafka's: records get wrong times, are deleted too "
            "early or too late, or are refused",
            static_cast<double>(off.count()) / 1000,
            gap->ahead.count() > 0 ? "ahead of" : "behind"
        ),
        "let a time service keep both right: timedatectl set-ntp true, or chrony"
    );
}

}  // namespace flux::app::doctor

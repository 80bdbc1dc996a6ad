// What each subcommand of `flux` does. Each returns the exit code of the process.
#pragma once

#include "app/configuration.h"
#include "app/role.h"
#include "base/clock.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace flux::app {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;    ///< it was tried and did not work
inline constexpr int kExitBadUsage = 2;  ///< command line or configuration refused, nothing tried
inline constexpr int kExitUnknown = 3;   ///< it was tried; nobody knows whether it was done

/// `flux up`: everything in one process, until a signal.
int RunUp(const ConfigArguments& arguments);

/// `flux gateway`, `flux crypto`: roles of their own, which meet on Kafka.
int RunRole(const Role& role, const ConfigArguments& arguments);

enum class ConfigView : std::uint8_t { kEffective, kExplain, kExplainDefaults };

/// `flux config`.
int RunConfig(const ConfigArguments& arguments, ConfigView view);

struct ProduceArguments {
    std::string topic;
    std::optional<std::string> key;
    std::string file = "-";      ///< "-": standard input
    Milliseconds timeout = 10s;  ///< for the answer
    ConfigArguments config;
};

/// `flux produce`: one record into the Flux that runs on the data directory.
int RunProduce(const ProduceArguments& arguments);

/// `flux topics apply`: makes the topics that Kafka does not have, and says how others differ.
int RunTopicsApply(const ConfigArguments& arguments);

struct TailArguments {
    std::string topic;
    std::string from = "from=end";  ///< as the admin listener takes it
    std::optional<std::int64_t> partition;
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
    bool follow = true;
    bool json = false;
    ConfigArguments config;
};

/// `flux tail`: the records of a topic of the Flux that runs here, from any place on.
int RunTail(const TailArguments& arguments);

struct RouteTestArguments {
    std::string topic;
    std::optional<std::string> key;
    std::string file = "-";  ///< "-": standard input
    ConfigArguments config;
};

/// `flux route test`: what the routes make of one record; nothing is published.
int RunRouteTest(const RouteTestArguments& arguments);

struct DoctorArguments {
    bool json = false;
    ConfigArguments config;
};

/// `flux doctor`: looks at the machine, the settings and every configured engine, and says what is
/// wrong and what to do. Changes nothing. kExitFailed when something is wrong.
int RunDoctor(const DoctorArguments& arguments);

struct SimulatorArguments {
    std::uint16_t port = 9302;
    std::uint64_t seed = 0;  ///< 0: another one at each start
    double speed = 60;
    std::string replay_file;
    std::string product;
    std::string replay_bodies;          ///< folder of recorded answers
    std::vector<std::string> limits;    ///< "openweather.minute=6000"
    std::vector<std::string> bad_keys;  ///< keys to refuse
    std::string tls_cert_file;
    std::string tls_key_file;
    bool list_faults = false;  ///< print what can go wrong, and end
};

/// `flux simulator`: the stand-ins for the outside sources alone, until a signal.
int RunSimulator(const SimulatorArguments& arguments);

struct EchoArguments {
    std::uint16_t port = 3000;
    std::optional<Milliseconds> ping_interval;
    std::optional<Milliseconds> ping_timeout;
    std::uint16_t shards = 1;
};

/// `flux socketio-echo`: what protocol conformance suites talk to, until a signal.
int RunEcho(const EchoArguments& arguments);

/// `flux version`.
int RunVersion();

}  // namespace flux::app

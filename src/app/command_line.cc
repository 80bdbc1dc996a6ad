#include "app/command_line.h"

#include "app/commands.h"
#include "app/tail_place.h"
#include "base/clock.h"
#include "config/nearest.h"
#include "config/quantity.h"
#include "limits/limits.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/core.h>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::app {
namespace {

constexpr const char* kSettingsFooter =
    "Every setting is a flag too: --http.port=8080, --crypto.products=BTC-USD,ETH-USD.\n"
    "`flux config --explain` lists all of them, with the variables and the lines of flux.toml.";

/// What the chosen command will do once everything is parsed.
using Action = std::function<int()>;

/// `--config` and settings: whatever the command does not know itself is a setting's flag.
void TakeSettings(CLI::App& command, ConfigArguments& arguments) {
    command.add_option("--config", arguments.file, "Configuration file (default: ./flux.toml)")
        ->type_name("FILE");
    command.allow_extras();
    command.footer(kSettingsFooter);
}

ConfigArguments WithWords(ConfigArguments arguments, const CLI::App& command) {
    for (std::string& word : command.remaining())
        arguments.words.push_back(std::move(word));
    return arguments;
}

/// `--kafka`, the short way to say kafka.brokers.
void TakeKafka(CLI::App& command, std::string& brokers) {
    command.add_option("--kafka", brokers, "Kafka as the event bus (the setting kafka.brokers)")
        ->type_name("HOST:PORT,...");
}

ConfigArguments WithKafka(ConfigArguments arguments, const std::string& brokers) {
    if (!brokers.empty()) arguments.words.push_back("--kafka.brokers=" + brokers);
    return arguments;
}

/// `--valkey`, the short way to say valkey.address.
void TakeValkey(CLI::App& command, std::string& address) {
    command.add_option("--valkey", address, "Valkey as the cache (the setting valkey.address)")
        ->type_name("HOST:PORT");
}

ConfigArguments WithValkey(ConfigArguments arguments, const std::string& address) {
    if (!address.empty()) arguments.words.push_back("--valkey.address=" + address);
    return arguments;
}

void AddUp(CLI::App& app, Action& action) {
    CLI::App* up = app.add_subcommand("up", "Run everything in one process (start here)");
    const auto arguments = std::make_shared<ConfigArguments>();
    const auto live = std::make_shared<bool>(false);
    const auto kafka = std::make_shared<std::string>();
    TakeSettings(*up, *arguments);
    up->add_flag(
        "--live",
        *live,
        "Crypto from the real exchange; other domains are real once they have a key"
    );
    TakeKafka(*up, *kafka);
    const auto valkey = std::make_shared<std::string>();
    TakeValkey(*up, *valkey);
    up->callback([up, arguments, live, kafka, valkey, &action] {
        action = [up, arguments, live, kafka, valkey] {
            ConfigArguments words = WithKafka(WithWords(*arguments, *up), *kafka);
            words = WithValkey(std::move(words), *valkey);
            if (*live) words.words.emplace_back("--crypto.source=live");
            return RunUp(words);
        };
    });
}

void AddConfig(CLI::App& app, Action& action) {
    CLI::App* config = app.add_subcommand("config", "Print the settings in force, as TOML");
    const auto arguments = std::make_shared<ConfigArguments>();
    const auto explain = std::make_shared<bool>(false);
    const auto defaults = std::make_shared<bool>(false);
    TakeSettings(*config, *arguments);
    config->add_flag("--explain", *explain, "Describe every setting instead, as Markdown");
    config->add_flag("--defaults", *defaults, "With --explain: leave out the values in force");
    config->callback([config, arguments, explain, defaults, &action] {
        ConfigView view = *explain ? ConfigView::kExplain : ConfigView::kEffective;
        if (*defaults) view = ConfigView::kExplainDefaults;
        action = [config, arguments, view] {
            return RunConfig(WithWords(*arguments, *config), view);
        };
    });
}

/// CLI11's way to check: the complaint, or nothing.
std::string IsTimeout(const std::string& text) {
    const auto timeout = config::ParseDuration(text, 1s);
    const bool fits = timeout && *timeout >= 1ms && *timeout <= 1h;
    return fits ? "" : "must be a duration from 1ms to 1h, not " + text;
}

void AddProduce(CLI::App& app, Action& action) {
    CLI::App* produce =
        app.add_subcommand("produce", "Publish one record into the Flux that is running here");
    const auto arguments = std::make_shared<ProduceArguments>();
    TakeSettings(*produce, arguments->config);
    produce->add_option("--topic", arguments->topic, "Topic, which a [[topic]] or [[route]] names")
        ->type_name("NAME")
        ->required();
    const auto key = std::make_shared<std::string>();
    CLI::Option* key_option =
        produce->add_option("--key", *key, "Key; records of one key keep their order")
            ->type_name("TEXT");
    produce->add_option("--file", arguments->file, "Payload; - is the standard input (default)")
        ->type_name("FILE");
    const auto timeout = std::make_shared<std::string>();
    CLI::Option* timeout_option =
        produce->add_option("--timeout", *timeout, "How long to wait for the answer (default: 10s)")
            ->type_name("DURATION")
            ->check(IsTimeout, "1ms to 1h");
    produce->callback([produce, arguments, key, key_option, timeout, timeout_option, &action] {
        if (key_option->count() > 0) arguments->key = *key;
        if (timeout_option->count() > 0) arguments->timeout = *config::ParseDuration(*timeout, 1s);
        action = [produce, arguments] {
            arguments->config = WithWords(arguments->config, *produce);
            return RunProduce(*arguments);
        };
    });
}

/// CLI11's way to check: the complaint, or nothing.
std::string IsTailPlace(const std::string& text) {
    if (TailPlace(text, 0)) return "";
    return "must be beginning, end, an offset, a duration such as 15m, or a time in UTC such as "
           "2026-11-21T22:00:00Z or 2026-11-21, not " +
           text;
}

void AddTail(CLI::App& app, Action& action) {
    CLI::App* tail =
        app.add_subcommand("tail", "Show the records of a topic of the Flux that is running here");
    const auto arguments = std::make_shared<TailArguments>();
    TakeSettings(*tail, arguments->config);
    tail->add_option("TOPIC", arguments->topic, "Whose records")->required();
    const auto from = std::make_shared<std::string>("end");
    tail->add_option(
            "--from",
            *from,
            "beginning, end, an offset, how long ago: 15m, or a time in UTC: 2026-11-21T22:00:00Z "
            "(default: end)"
    )
        ->type_name("PLACE")
        ->check(IsTailPlace, "");
    const auto partition = std::make_shared<std::int64_t>(-1);
    tail->add_option("--partition", *partition, "Only this partition")
        ->check(CLI::NonNegativeNumber);
    tail->add_option("--count", arguments->count, "End after so many records")
        ->check(CLI::PositiveNumber);
    const auto stop = std::make_shared<bool>(false);
    tail->add_flag("--no-follow", *stop, "End at the end of the log instead of waiting for more");
    tail->add_flag("--json", arguments->json, "One JSON object per record");
    tail->callback([tail, arguments, from, partition, stop, &action] {
        arguments->from = *TailPlace(*from, SystemClock::Instance().WallNow());
        if (*partition >= 0) arguments->partition = *partition;
        arguments->follow = !*stop;
        action = [tail, arguments] {
            arguments->config = WithWords(arguments->config, *tail);
            return RunTail(*arguments);
        };
    });
}

void AddTopics(CLI::App& app, Action& action) {
    CLI::App* topics = app.add_subcommand("topics", "Look after the topics on Kafka");
    topics->require_subcommand(1);
    CLI::App* apply = topics->add_subcommand(
        "apply", "Make what is missing, say what differs; changes nothing that exists"
    );
    const auto arguments = std::make_shared<ConfigArguments>();
    const auto kafka = std::make_shared<std::string>();
    TakeSettings(*apply, *arguments);
    TakeKafka(*apply, *kafka);
    apply->callback([apply, arguments, kafka, &action] {
        action = [apply, arguments, kafka] {
            return RunTopicsApply(WithKafka(WithWords(*arguments, *apply), *kafka));
        };
    });
}

void AddRouteTest(CLI::App& app, Action& action) {
    CLI::App* route = app.add_subcommand("route", "Try the configured routes");
    route->require_subcommand(1);
    CLI::App* test = route->add_subcommand(
        "test", "Show which routes take a record, and what clients would receive; publishes nothing"
    );
    const auto arguments = std::make_shared<RouteTestArguments>();
    TakeSettings(*test, arguments->config);
    test->add_option("--topic", arguments->topic, "Topic of the record")
        ->type_name("NAME")
        ->required();
    const auto key = std::make_shared<std::string>();
    CLI::Option* key_option =
        test->add_option("--key", *key, "Key of the record")->type_name("TEXT");
    test->add_option("--record", arguments->file, "Payload; - is the standard input (default)")
        ->type_name("FILE");
    test->callback([test, arguments, key, key_option, &action] {
        if (key_option->count() > 0) arguments->key = *key;
        action = [test, arguments] {
            arguments->config = WithWords(arguments->config, *test);
            return RunRouteTest(*arguments);
        };
    });
}

void AddSimulator(CLI::App& app, Action& action) {
    CLI::App* simulator =
        app.add_subcommand("simulator", "Run the stand-ins for the outside sources alone");
    const auto arguments = std::make_shared<SimulatorArguments>();
    simulator->add_option("--port", arguments->port, "Port, 0 for any free one (default: 9302)");
    simulator->add_option("--seed", arguments->seed, "The same seed gives the same data")
        ->check(CLI::PositiveNumber);
    CLI::Option* replay =
        simulator->add_option("--replay", arguments->replay_file, "Recorded prices, as CSV")
            ->type_name("FILE");
    simulator->add_option("--product", arguments->product, "Whose prices the recording holds")
        ->type_name("BTC-USD")
        ->needs(replay);
    simulator->add_option("--speed", arguments->speed, "Of the recording (default: 60 times)")
        ->check(CLI::Range(0.001, 1'000'000.0));
    simulator->add_option("--bodies", arguments->replay_bodies, "Folder of recorded answers")
        ->type_name("FOLDER");
    simulator->add_option("--limit", arguments->limits, "Calls a source allows; 0 for any number")
        ->type_name("openweather.minute=6000");
    simulator->add_option("--bad-key", arguments->bad_keys, "A key to refuse, beside refused-key")
        ->type_name("KEY");
    CLI::Option* certificate =
        simulator->add_option("--tls-cert", arguments->tls_cert_file, "Certificate: speak TLS")
            ->type_name("FILE");
    simulator->add_option("--tls-key", arguments->tls_key_file, "Its key")
        ->type_name("FILE")
        ->needs(certificate);
    simulator->add_flag("--faults", arguments->list_faults, "Print what can go wrong, and end");
    simulator->footer(
        "Coinbase answers at /, the others at /openweather, /coingecko/api/v3, /frankfurter/v1,\n"
        "/finnhub/api/v1 and /newsdata/api/1. POST /_simulator/faults makes one go wrong:\n"
        "{\"source\":\"finnhub\",\"fault\":\"http_429\",\"count\":3}. See /_simulator/state."
    );
    simulator->callback([arguments, &action] {
        action = [arguments] { return RunSimulator(*arguments); };
    });
}

void AddEcho(CLI::App& app, Action& action) {
    CLI::App* echo = app.add_subcommand(
        "socketio-echo", "Run the server that Socket.IO conformance suites talk to"
    );
    const auto arguments = std::make_shared<EchoArguments>();
    const auto interval = std::make_shared<std::int64_t>(0);
    const auto timeout = std::make_shared<std::int64_t>(0);
    const CLI::Range milliseconds(1, 3'600'000);
    echo->add_option("--port", arguments->port, "Port, 0 for any free one (default: 3000)");
    echo->add_option("--ping-interval", *interval, "Milliseconds (default: 300)")
        ->check(milliseconds);
    echo->add_option("--ping-timeout", *timeout, "Milliseconds (default: 200)")
        ->check(milliseconds);
    echo->add_option("--shards", arguments->shards, "Threads (default: 1)")
        ->check(CLI::Range(1, static_cast<int>(limits::kShardsMax)));
    echo->callback([arguments, interval, timeout, &action] {
        if (*interval > 0) arguments->ping_interval = Milliseconds(*interval);
        if (*timeout > 0) arguments->ping_timeout = Milliseconds(*timeout);
        action = [arguments] { return RunEcho(*arguments); };
    });
}

void AddRole(CLI::App& app, Action& action, const Role& role, const char* what) {
    CLI::App* command = app.add_subcommand(std::string(role.name), what);
    const auto arguments = std::make_shared<ConfigArguments>();
    const auto kafka = std::make_shared<std::string>();
    TakeSettings(*command, *arguments);
    TakeKafka(*command, *kafka);
    const auto valkey = std::make_shared<std::string>();
    TakeValkey(*command, *valkey);
    command->callback([command, arguments, kafka, valkey, &role, &action] {
        action = [command, arguments, kafka, valkey, &role] {
            ConfigArguments words = WithKafka(WithWords(*arguments, *command), *kafka);
            return RunRole(role, WithValkey(std::move(words), *valkey));
        };
    });
}

void AddDoctor(CLI::App& app, Action& action) {
    CLI::App* doctor = app.add_subcommand(
        "doctor", "Check this machine, the settings and Kafka, and say what to do; changes nothing"
    );
    const auto arguments = std::make_shared<DoctorArguments>();
    const auto kafka = std::make_shared<std::string>();
    TakeSettings(*doctor, arguments->config);
    TakeKafka(*doctor, *kafka);
    const auto valkey = std::make_shared<std::string>();
    TakeValkey(*doctor, *valkey);
    doctor->add_flag("--json", arguments->json, "One JSON object instead of lines");
    doctor->callback([doctor, arguments, kafka, valkey, &action] {
        action = [doctor, arguments, kafka, valkey] {
            arguments->config = WithKafka(WithWords(arguments->config, *doctor), *kafka);
            arguments->config = WithValkey(std::move(arguments->config), *valkey);
            return RunDoctor(*arguments);
        };
    });
}

void AddVersion(CLI::App& app, Action& action) {
    CLI::App* version = app.add_subcommand("version", "Print the version");
    version->callback([&action] { action = RunVersion; });
}

/// The first word must be a command; CLI11 would only say that one is missing.
bool NamesACommand(const CLI::App& app, std::string_view word) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({}))
        names.push_back(command->get_name());
    if (word.starts_with('-') || std::find(names.begin(), names.end(), word) != names.end()) {
        return true;
    }
    fmt::print(
        stderr,
        "flux: there is no command {}{}\n`flux --help` lists the commands.\n",
        word,
        config::DidYouMean(word, names)
    );
    return false;
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv) {
    CLI::App app("Flux carries events to browsers, live.", "flux");
    app.require_subcommand(1);
    app.failure_message([](const CLI::App* where, const CLI::Error& error) {
        std::string command;
        for (; where->get_parent() != nullptr; where = where->get_parent())
            command.insert(0, " " + where->get_name());
        return fmt::format("flux: {}\n`flux{} --help` says more.\n", error.what(), command);
    });
    app.footer("Start with `flux up`; `flux COMMAND --help` says more about each.");
    Action action;
    AddUp(app, action);
    AddConfig(app, action);
    AddProduce(app, action);
    AddRouteTest(app, action);
    AddTail(app, action);
    AddTopics(app, action);
    AddSimulator(app, action);
    AddEcho(app, action);
    AddRole(app, action, kGatewayRole, "Run the gateway alone (needs Kafka)");
    AddRole(app, action, kWeatherRole, "Run the weather service alone (needs Kafka)");
    AddRole(app, action, kCryptoRole, "Run the crypto service alone (needs Kafka)");
    AddRole(app, action, kStockRole, "Run the stock service alone (needs Kafka)");
    AddRole(app, action, kNewsRole, "Run the news service alone (needs Kafka)");
    AddDoctor(app, action);
    AddVersion(app, action);
    if (argc < 2) {
        fmt::print("{}", app.help());
        return kExitBadUsage;
    }
    if (!NamesACommand(app, argv[1])) return kExitBadUsage;
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? kExitOk : kExitBadUsage;
    }
    return action();
}

}  // namespace flux::app

// Visitors of the whole platform: thousands of pages that ask for everything, name cities and
// travel. Prints two lines of JSON: once all have what they are due, and at the end.
//
// Every visitor has an address of its own, as a proxy on this machine would tell it.
#include "machine.h"
#include "visitor.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace flux::bench {
namespace {

constexpr double kSecond = 1e9;

struct Options {
    std::uint16_t port = 0;
    int server_pid = 0;
    std::size_t visitors = 1;
    std::size_t patient_percent = 0;
    double open_seconds = 1;
    double live_seconds = 120;   // after the last began to connect
    double seconds = 10;         // from the first that connects to the last move
    double answer_seconds = 30;  // for the last answers
    std::uint64_t seed = 1;
    Journey journey;
};

class VisitorLoad {
public:
    explicit VisitorLoad(Options options)
        : options_(std::move(options)),
          random_(options_.seed),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
    ~VisitorLoad() { ::close(epoll_); }
    VisitorLoad(const VisitorLoad&) = delete;
    VisitorLoad& operator=(const VisitorLoad&) = delete;

    int Run() {
        began_ = NowNs();
        cpu_at_start_ = ProcessCpuSeconds(options_.server_pid);
        if (!OpenAll()) return 1;
        const std::int64_t live_until = NowNs() + Nanoseconds(options_.live_seconds);
        while (CountOf(&Visitor::live) < visitors_.size() && NowNs() < live_until)
            Turn(true);
        ReportLive();
        const std::int64_t travel_until = began_ + Nanoseconds(options_.seconds);
        while (NowNs() < travel_until)
            Turn(true);
        const std::int64_t answer_until = NowNs() + Nanoseconds(options_.answer_seconds);
        while (CountOf(&Visitor::waits) > 0 && NowNs() < answer_until)
            Turn(false);
        Report();
        return 0;
    }

private:
    static std::int64_t Nanoseconds(double seconds) {
        return static_cast<std::int64_t>(seconds * kSecond);
    }

    double Since(std::int64_t time) const { return static_cast<double>(NowNs() - time) / kSecond; }

    std::size_t CountOf(bool (Visitor::*is)() const) const {
        return static_cast<std::size_t>(std::count_if(
            visitors_.begin(), visitors_.end(), [is](const auto& one) { return (*one.*is)(); }
        ));
    }

    /// Evenly over the time there is, whatever becomes of those before.
    bool OpenAll() {
        const double pace = options_.open_seconds / static_cast<double>(options_.visitors);
        while (visitors_.size() < options_.visitors) {
            const std::int64_t due =
                began_ + Nanoseconds(pace * static_cast<double>(visitors_.size()));
            if (NowNs() < due) {
                Turn(true);
            } else if (!Open()) {
                std::fprintf(stderr, "visitor_load: the machine refuses a connection\n");
                return false;
            }
        }
        opened_seconds_ = Since(began_);
        return true;
    }

    bool Open() {
        const std::size_t number = visitors_.size();
        const bool patient = number % 100 < options_.patient_percent;
        auto visitor =
            std::make_unique<Visitor>(number, patient, options_.journey, random_, tally_);
        visitor->Began(NowNs());
        const std::string address =
            fmt::format("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
        if (!visitor->client.Connect(options_.port, "/socket.io/", "", 0, false, address)) {
            return false;
        }
        epoll_event event{.events = EPOLLOUT, .data = {.ptr = visitor.get()}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, visitor->client.descriptor(), &event);
        visitors_.push_back(std::move(visitor));
        return true;
    }

    void Turn(bool travels) {
        constexpr int kLookMs = 10;
        std::array<epoll_event, 512> events;
        const int count =
            ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kLookMs);
        for (int i = 0; i < count; ++i)
            Handle(*static_cast<Visitor*>(events[static_cast<std::size_t>(i)].data.ptr));
        const std::int64_t now = NowNs();
        if (!travels || now < look_at_) return;
        look_at_ = now + kLookMs * 1'000'000LL;
        for (const auto& visitor : visitors_)
            if (visitor->client.state() == ClientState::kReady) visitor->Look(now);
    }

    void Handle(Visitor& visitor) {
        FanoutClient& client = visitor.client;
        if (client.state() == ClientState::kConnecting) {
            client.OnConnected();
            epoll_event event{.events = EPOLLIN, .data = {.ptr = &visitor}};
            if (client.descriptor() >= 0) {
                ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.descriptor(), &event);
            }
        } else {
            const FanoutClient::OnMessage on_message = [&visitor](
                                                           FanoutClient&, std::string_view text
                                                       ) { visitor.OnMessage(text, NowNs()); };
            client.OnReadable(buffer_, on_message);
        }
        if (client.state() == ClientState::kClosed) {
            tally_.Odd(fmt::format("closed with {}", client.close_code()));
        }
    }

    void ReportLive() {
        std::map<std::string, std::uint64_t> missing;
        for (const auto& visitor : visitors_)
            if (!visitor->live()) visitor->CountMissing(missing);
        fmt::print(
            R"({{"visitors":{},"live":{},"missing":{},"opened_seconds":{:.2f},"live_seconds":{:.2f},)"
            R"("cpu_seconds":{:.2f},"p50_ms":{:.1f},"p99_ms":{:.1f},"max_ms":{:.1f},"bytes":{}}})"
            "\n",
            visitors_.size(),
            CountOf(&Visitor::live),
            CountsJson(missing),
            opened_seconds_,
            Since(began_),
            ProcessCpuSeconds(options_.server_pid) - cpu_at_start_,
            PercentileMs(tally_.live_us, 0.5),
            PercentileMs(tally_.live_us, 0.99),
            PercentileMs(tally_.live_us, 1),
            BytesReceived()
        );
        std::fflush(stdout);
    }

    void Report() {
        const std::map<std::string, std::uint64_t> counts{
            {"asked", tally_.asked},
            {"weather", tally_.weather},
            {"at_once", tally_.at_once},
            {"after_loading", tally_.after_loading},
            {"limited", tally_.limited},
            {"mended", tally_.mended},
            {"returns", tally_.returns},
            {"returns_served", tally_.returns_served},
            {"waiting", CountOf(&Visitor::waits)},
            {"with_weather", CountOf(&Visitor::has_weather)},
            {"at_end", CountOf(&Visitor::at_end)},
            {"bytes", BytesReceived()}};
        fmt::print(
            R"({{"counts":{},"odd":{},"seconds":{:.2f},"cpu_seconds":{:.2f},"own_cpu_seconds":{:.2f},)"
            R"("p50_ms":{:.1f},"p99_ms":{:.1f},"max_ms":{:.1f}}})"
            "\n",
            CountsJson(counts),
            CountsJson(tally_.odd),
            Since(began_),
            ProcessCpuSeconds(options_.server_pid) - cpu_at_start_,
            ProcessCpuSeconds(::getpid()),
            PercentileMs(tally_.weather_us, 0.5),
            PercentileMs(tally_.weather_us, 0.99),
            PercentileMs(tally_.weather_us, 1)
        );
    }

    std::uint64_t BytesReceived() const {
        std::uint64_t bytes = 0;
        for (const auto& visitor : visitors_)
            bytes += visitor->client.bytes_received();
        return bytes;
    }

    const Options options_;
    std::mt19937_64 random_;
    const int epoll_;
    VisitorTally tally_;
    std::vector<std::unique_ptr<Visitor>> visitors_;
    std::string buffer_ = std::string(256 * 1024, '\0');
    std::int64_t began_ = 0;
    std::int64_t look_at_ = 0;
    double opened_seconds_ = 0;
    double cpu_at_start_ = 0;
};

/// Lines of `city,ISO`.
std::vector<City> ReadCities(const std::string& path) {
    std::vector<City> cities;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const std::size_t comma = line.rfind(',');
        if (comma != std::string::npos) {
            cities.push_back({.name = line.substr(0, comma), .country = line.substr(comma + 1)});
        }
    }
    return cities;
}

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
    flux::bench::Options options;
    std::string cities;
    double stay_shortest = 1;
    double stay_longest = 5;
    CLI::App app{"Visitors that ask a Flux for everything and travel"};
    app.add_option("--port", options.port)->required();
    app.add_option("--pid", options.server_pid, "the server's process, for its CPU time");
    app.add_option("--visitors", options.visitors)->check(CLI::Range(1, 60'000));
    app.add_option("--patient-percent", options.patient_percent, "of them ask again when told to");
    app.add_option("--open-seconds", options.open_seconds, "in which all connect");
    app.add_option("--live-seconds", options.live_seconds, "for the last to have everything");
    app.add_option("--seconds", options.seconds, "of travelling, from the first that connects");
    app.add_option("--answer-seconds", options.answer_seconds, "for the last answers");
    app.add_option("--cities", cities, "a file of lines `city,ISO`")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--products", options.journey.products, "whose tickers are due")->delimiter(',');
    app.add_option("--stay-shortest", stay_shortest, "seconds in a city");
    app.add_option("--stay-longest", stay_longest);
    app.add_option("--tour", options.journey.tour, "see the first so many cities in order");
    app.add_option("--seed", options.seed);
    CLI11_PARSE(app, argc, argv);
    options.journey.cities = flux::bench::ReadCities(cities);
    options.journey.stay_shortest_ns = static_cast<std::int64_t>(stay_shortest * 1e9);
    options.journey.stay_longest_ns = static_cast<std::int64_t>(stay_longest * 1e9);
    if (options.journey.cities.size() < 2 || options.journey.products.size() > 32 ||
        options.journey.tour > options.journey.cities.size() || stay_longest < stay_shortest) {
        std::fprintf(
            stderr,
            "visitor_load: it takes two cities or more, as many as the tour, at most 32 products, "
            "and stays that are not shorter than the shortest\n"
        );
        return 2;
    }
    flux::bench::RaiseDescriptorLimit();
    return flux::bench::VisitorLoad(std::move(options)).Run();
}

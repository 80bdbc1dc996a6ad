// A running simulator for tests, and what they read of it.
#pragma once

#include "net/client/http_client.h"
#include "net/client/ws_client.h"
#include "runtime/shard_set.h"
#include "simulator/simulator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// One answer as it came over the wire; status 0 when none came.
struct WireAnswer {
    int status = 0;
    std::string head;  ///< status line and headers
    std::string body;  ///< whatever came behind them, whatever its length was said to be

    /// The value of a header, "" when absent.
    std::string Header(std::string_view name) const;
};

class SimulatorTest : public testing::Test {
public:
    SimulatorTest();
    ~SimulatorTest() override;

    void Start();

    /// Runs a coroutine on the shard the sources do not live on, to its end.
    void Run(Task<> task);

    net::WsClientOptions WsOptions() const;
    Task<Result<net::HttpReply>> Get(std::string endpoint, std::string agent = "test");

    /// One request with any method, by a plain socket; the whole answer. `headers`: further lines,
    /// each with its end.
    std::string Ask(
        const std::string& method,
        const std::string& path,
        const std::string& body,
        const std::string& headers = ""
    ) const;

    /// GET by a plain socket.
    WireAnswer Fetch(const std::string& path, const std::string& headers = "") const;

    /// As Fetch, and expects 200 with checked JSON.
    std::string FetchJson(const std::string& path, const std::string& headers = "") const;

    /// POST /_simulator/`what`, and expects 200.
    void Control(const std::string& what, const std::string& body) const;

    ShardSet shards;
    MetricRegistry metrics;
    SimulatorOptions options;
    std::unique_ptr<Simulator> simulator;
    std::uint16_t port = 0;
};

/// What a field of an answer must be. `kinds`: n number, i whole number, s text, b bool, o object,
/// a array, 0 null.
struct Field {
    std::string_view name;
    std::string_view kinds;
    bool optional = false;
};

/// Expects the object to have these fields, of these kinds, and no others.
void ExpectFields(std::string_view object, const std::vector<Field>& fields);

/// The items of an array.
std::vector<std::string> Items(std::string_view array);

/// The member at a place ("wind.deg", "list.0.dt"); "" when there is none.
std::string At(std::string_view document, std::string_view place);
double NumberAt(std::string_view document, std::string_view place);
std::string TextAt(std::string_view document, std::string_view place);

}  // namespace flux::simulator

#include "simulator/simulator_fixture.h"

#include "json/json_check.h"
#include "json/json_fields.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <future>
#include <set>

namespace flux::simulator {
namespace {

char KindLetter(std::string_view value) {
    switch (json::KindOf(value)) {
        case json::Kind::kNull:
            return '0';
        case json::Kind::kBool:
            return 'b';
        case json::Kind::kNumber:
            return 'n';
        case json::Kind::kString:
            return 's';
        case json::Kind::kArray:
            return 'a';
        case json::Kind::kObject:
            return 'o';
    }
    return '?';
}

}  // namespace

std::string WireAnswer::Header(std::string_view name) const {
    const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const std::size_t from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
}

SimulatorTest::SimulatorTest()
    : shards(2, SystemClock::Instance()) {
    shards.Start();
    options.addresses = {"127.0.0.1"};
    options.port = 0;
    options.exchange.step = 10ms;
    options.exchange.heartbeat = 50ms;
}

SimulatorTest::~SimulatorTest() {
    simulator.reset();
    shards.Stop();
}

void SimulatorTest::Start() {
    simulator = std::make_unique<Simulator>(shards, options, metrics);
    const auto bound = simulator->Start();
    ASSERT_TRUE(bound) << bound.error().context;
    port = *bound;
}

void SimulatorTest::Run(Task<> task) {
    std::promise<void> promise;
    auto whole = [](Task<> inner, std::promise<void>& ended) -> Task<> {
        co_await std::move(inner);
        ended.set_value();
    };
    shards[1].PostReserved([&, task = std::move(task)]() mutable {
        boost::asio::co_spawn(
            shards[1].io(), whole(std::move(task), promise), boost::asio::detached
        );
    });
    promise.get_future().get();
}

net::WsClientOptions SimulatorTest::WsOptions() const {
    net::WsClientOptions client_options;
    client_options.url = *net::Url::Parse("ws://127.0.0.1:" + std::to_string(port) + "/");
    client_options.user_agent = "test";
    return client_options;
}

Task<Result<net::HttpReply>> SimulatorTest::Get(std::string endpoint, std::string agent) {
    net::HttpGetRequest request;
    request.base = *net::Url::Parse("http://127.0.0.1:" + std::to_string(port));
    request.endpoint = std::move(endpoint);
    request.user_agent = std::move(agent);
    return net::HttpGet(std::move(request));
}

std::string SimulatorTest::Ask(
    const std::string& method,
    const std::string& path,
    const std::string& body,
    const std::string& headers
) const {
    namespace asio = boost::asio;
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    const std::string request =
        method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers +
        "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    boost::system::error_code end;
    asio::write(socket, asio::buffer(request), end);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), end);
    return answer;
}

WireAnswer SimulatorTest::Fetch(const std::string& path, const std::string& headers) const {
    const std::string whole = Ask("GET", path, "", headers + "User-Agent: test\r\n");
    WireAnswer answer;
    const std::size_t end = whole.find("\r\n\r\n");
    if (end == std::string::npos) return answer;
    answer.head = whole.substr(0, end + 2);
    answer.body = whole.substr(end + 4);
    answer.status = std::stoi(whole.substr(9));
    return answer;
}

std::string SimulatorTest::FetchJson(const std::string& path, const std::string& headers) const {
    const WireAnswer answer = Fetch(path, headers);
    EXPECT_EQ(answer.status, 200) << path << ": " << answer.head << answer.body;
    EXPECT_TRUE(answer.Header("Content-Type").starts_with("application/json")) << answer.head;
    EXPECT_EQ(answer.Header("Content-Length"), std::to_string(answer.body.size()));
    EXPECT_TRUE(json::Check(answer.body)) << answer.body;
    return answer.body;
}

void SimulatorTest::Control(const std::string& what, const std::string& body) const {
    const std::string answer = Ask("POST", "/_simulator/" + what, body);
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 200") << body << ": " << answer;
}

void ExpectFields(std::string_view object, const std::vector<Field>& fields) {
    ASSERT_EQ(json::KindOf(object), json::Kind::kObject) << object;
    std::set<std::string, std::less<>> known;
    for (const Field& field : fields) {
        known.emplace(field.name);
        const auto value = json::Member(object, field.name);
        if (!value) {
            EXPECT_TRUE(field.optional) << field.name << " is missing in " << object;
            continue;
        }
        const char kind = KindLetter(*value);
        const bool whole = kind == 'n' && json::AsInteger(*value).has_value();
        EXPECT_TRUE(
            field.kinds.find(kind) != std::string_view::npos ||
            (whole && field.kinds.find('i') != std::string_view::npos)
        ) << field.name
          << " is " << *value << ", and should be one of " << field.kinds;
    }
    for (json::ObjectReader members(object); members.Next();)
        EXPECT_TRUE(known.contains(members.name()))
            << members.name() << " is no field of the vendor";
}

std::vector<std::string> Items(std::string_view array) {
    std::vector<std::string> items;
    for (json::ArrayReader reader(array); reader.Next();)
        items.emplace_back(reader.value());
    return items;
}

std::string At(std::string_view document, std::string_view place) {
    const auto path = json::FieldPath::Parse(place);
    if (!path) return {};
    return std::string(path->Find(document).value_or(""));
}

double NumberAt(std::string_view document, std::string_view place) {
    const std::string value = At(document, place);
    EXPECT_FALSE(value.empty()) << place << " is missing in " << document;
    return std::strtod(value.c_str(), nullptr);
}

std::string TextAt(std::string_view document, std::string_view place) {
    return json::AsString(At(document, place)).value_or("(none)");
}

}  // namespace flux::simulator

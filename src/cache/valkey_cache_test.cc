// The cache on a real server: TEST_VALKEY_ADDRESS says where, TEST_VALKEY_CA, _USER and _PASSWORD
// how. Run by tests/e2e/valkey-cache.
#include "cache/valkey_cache.h"

#include "base/assert.h"
#include "cache/cache_contract.h"
#include "limits/limits.h"

#include <cstdlib>

namespace flux::cache {
namespace {

std::string Variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

valkey::ValkeyOptions Options() {
    const std::string address = Variable("TEST_VALKEY_ADDRESS");
    const std::size_t colon = address.rfind(':');
    FLUX_ASSERT(colon != std::string::npos);
    valkey::ValkeyOptions options;
    options.host = address.substr(0, colon);
    options.port = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
    options.ca_file = Variable("TEST_VALKEY_CA");
    options.tls = !options.ca_file.empty();
    options.user = Variable("TEST_VALKEY_USER");
    options.password = config::Secret(Variable("TEST_VALKEY_PASSWORD"));
    return options;
}

}  // namespace

std::unique_ptr<CacheSet> testing::MakeCacheSet(
    ShardSet& shards, const CacheOptions& options, MetricRegistry& metrics
) {
    return ValkeyCacheSet::Make(shards, Options(), options, metrics).value();
}

namespace {

class ValkeyCacheTest : public testing::CacheContract {
protected:
    /// Sends a command beside the cache and returns what it said, or why it failed.
    std::string Command(std::initializer_list<std::string_view> words) {
        valkey::Command command = valkey::FormatCommand(words);
        auto work = [&]() -> Task<std::string> {
            const valkey::ValkeyOptions options = Options();
            valkey::ValkeyHealth health("beside", SystemClock::Instance());
            valkey::ValkeyStats stats;
            auto trust = options.tls ? *net::TlsTrust::FromFile(options.ca_file) : nullptr;
            valkey::ValkeyClient client(shards_[0], options, std::move(trust), health, stats, 1);
            co_await client.Start();
            const Result<valkey::Reply> reply = co_await client.Ask(std::move(command), 5s);
            co_await client.Stop();
            if (!reply) co_return reply.error().context;
            co_return reply->text;
        };
        return testing::RunOn(shards_[0], work());
    }

    double Reads(const std::string& result) const {
        const std::string text = metrics_.Scrape();
        const std::string line = "flux_cache_reads_total{shard=\"0\",result=\"" + result + "\"} ";
        const std::size_t at = text.find(line);
        FLUX_ASSERT(at != std::string::npos);
        return std::stod(text.substr(at + line.size()));
    }
};

TEST_F(ValkeyCacheTest, AValueOfAnotherKindIsAMissAndHarmsNothing) {
    const std::string key = Key("list");
    Command({"RPUSH", key, "one"});
    EXPECT_EQ(Get(0, "list"), std::nullopt);
    EXPECT_EQ(Reads("refused"), 1);
    Set(0, "a", "good");
    EXPECT_EQ(Get(0, "a"), "good");
    Command({"DEL", key});
}

TEST_F(ValkeyCacheTest, AForeignValueThatIsTooLargeIsAMissAndHarmsNothing) {
    const std::string key = Key("large");
    const std::string value(limits::kCacheValueBytesMax + 1, 'x');
    Command({"SET", key, value, "EX", "60"});
    EXPECT_EQ(Get(0, "large"), std::nullopt);
    EXPECT_EQ(Reads("refused"), 1);
    Set(0, "a", "good");
    EXPECT_EQ(Get(0, "a"), "good");
    EXPECT_EQ(dynamic_cast<ValkeyCacheSet&>(*set_).health().outages().value(), 0u);
}

TEST_F(ValkeyCacheTest, ValuesHaveTheirTimeOnTheServer) {
    Set(0, "a", "x", 300s);
    const std::string seconds = Command({"OBJECT", "ENCODING", Key("a")});
    EXPECT_EQ(seconds, "embstr");
    Set(0, "a", "x", 1s);
    const SteadyTime deadline = SystemClock::Instance().Now() + 10s;
    while (Command({"TYPE", Key("a")}) != "none" && SystemClock::Instance().Now() < deadline) {
    }
    EXPECT_EQ(Command({"TYPE", Key("a")}), "none");
}

}  // namespace
}  // namespace flux::cache

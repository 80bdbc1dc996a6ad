#include "gateway/topic_config.h"

#include "config/load.h"
#include "gateway/gateway_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
    std::vector<TopicRow> topics;
    std::vector<std::string> problems;
};

/// What the program makes of a flux.toml with that text.
Read ReadToml(std::string_view text) {
    GatewayOptions options;
    GatewayRows rows;
    config::Registry registry;
    config::Problems problems;
    AddGatewaySettings(registry, options, rows);
    config::ApplyText(registry, text, "flux.toml", problems);
    Read read;
    read.topics = ReadTopicRows(rows.topics, problems);
    for (const auto& line : problems.lines())
        read.problems.emplace_back(line);
    return read;
}

TEST(TopicConfig, ReadsEveryField) {
    const Read read = ReadToml(R"(
[[topic]]
name = "shop.orders"
durable = true
partitions = 4
retention_bytes = "256MiB"
retention_time = "168h"
)");
    EXPECT_THAT(read.problems, ElementsAre());
    ASSERT_EQ(read.topics.size(), 1u);
    EXPECT_EQ(read.topics[0].name, "shop.orders");
    EXPECT_TRUE(read.topics[0].options.durable);
    EXPECT_EQ(read.topics[0].options.partitions, 4);
    EXPECT_EQ(read.topics[0].options.retention_bytes, 256u * 1024 * 1024);
    EXPECT_EQ(read.topics[0].options.retention_time, std::chrono::hours(168));
}

TEST(TopicConfig, ARowWithANameAloneIsAMemoryTopic) {
    const Read read = ReadToml("[[topic]]\nname = \"a\"\n");
    ASSERT_EQ(read.topics.size(), 1u);
    const bus::TopicOptions defaults;
    EXPECT_FALSE(read.topics[0].options.durable);
    EXPECT_EQ(read.topics[0].options.partitions, 1);
    EXPECT_EQ(read.topics[0].options.retention_bytes, defaults.retention_bytes);
    EXPECT_EQ(read.topics[0].options.retention_time, defaults.retention_time);
}

struct Mistake {
    std::string_view row;
    std::string_view line;
    std::string_view says;
};

TEST(TopicConfig, MistakesAreToldWithTheirLine) {
    const std::vector<Mistake> mistakes{
        {"durable = true", "flux.toml:1", "name of a [[topic]] is missing"},
        {"name = \"a b\"", "flux.toml:2", "1 to 249 of: letters"},
        {"name = \"crypto.ticker.event.updated\"", "flux.toml:2", "whose shape is fixed"},
        {"name = \"a\"\npartitions = 0", "flux.toml:3", "must be 1 to 1024, not 0"},
        {"name = \"a\"\ndurable = \"yes\"", "flux.toml:3", "durable"},
        {"name = \"a\"\nretention_bytes = 5",
         "flux.toml:3",
         "retention_bytes of a [[topic]] must be"},
        {"name = \"a\"\nretention_time = \"90m\"", "flux.toml:3", "whole hours"},
        {"name = \"a\"\nretention_time = \"10m\"", "flux.toml:3", "must be 1h to 87600h"},
        {"name = \"a\"\npartition = 2", "flux.toml:3", "partitions"},
        {"name = \"a\"\n[[topic]]\nname = \"a\"", "flux.toml:4", "another [[topic]] is a already"},
    };
    for (const Mistake& mistake : mistakes) {
        SCOPED_TRACE(mistake.row);
        const Read read = ReadToml("[[topic]]\n" + std::string(mistake.row) + "\n");
        EXPECT_THAT(
            read.problems,
            ElementsAre(
                AllOf(HasSubstr(std::string(mistake.line)), HasSubstr(std::string(mistake.says)))
            )
        );
    }
}

}  // namespace
}  // namespace flux::gateway

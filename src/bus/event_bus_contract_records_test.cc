// What a bus promises about records: where they go, in which order, and that they come out as they
// went in.
#include "base/units.h"
#include "bus/event_bus_contract.h"
#include "limits/limits.h"

#include <string>

namespace flux::bus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Numbered(const std::string& prefix, int number) {
    return prefix + "-" + std::to_string(number);
}

TEST_P(EventBusContract, RecordsOfOneKeyKeepTheirOrderInOnePartition) {
    constexpr int kKeys = 10;
    constexpr int kRounds = 20;
    const TopicName topic = MakeTopic(6);
    for (int round = 0; round < kRounds; ++round) {
        for (int key = 0; key < kKeys; ++key)
            Publish(topic, Numbered("key", key), Numbered(Numbered("value", key), round));
    }
    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(kKeys * kRounds));

    std::map<std::string, std::vector<Message>> by_key;
    for (const Message& message : seen.messages())
        by_key[message.key.value()].push_back(message);
    ASSERT_EQ(by_key.size(), static_cast<std::size_t>(kKeys));
    for (const auto& [key, messages] : by_key) {
        ASSERT_EQ(messages.size(), static_cast<std::size_t>(kRounds));
        for (int round = 0; round < kRounds; ++round) {
            const Message& message = messages[static_cast<std::size_t>(round)];
            EXPECT_EQ(message.partition, messages.front().partition) << key;
            EXPECT_THAT(
                std::string(message.payload.view()), ::testing::EndsWith(Numbered("", round))
            );
        }
    }
}

TEST_P(EventBusContract, PublishSaysWhereTheRecordStands) {
    const TopicName topic = MakeTopic(4);
    std::map<std::string, Position> stood;
    for (int i = 0; i < 20; ++i) {
        const std::string name = Numbered("record", i);
        stood[name] = Publish(topic, name, name);
    }
    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(20));
    for (const Message& message : seen.messages()) {
        const Position& position = stood[std::string(message.payload.view())];
        EXPECT_EQ(position.partition, message.partition);
        EXPECT_EQ(position.offset, message.offset);
        EXPECT_EQ(position.log_identity, bus().identity());
        EXPECT_EQ(message.topic, topic);
        EXPECT_GT(message.timestamp, 0);
    }
}

TEST_P(EventBusContract, RecordsShareTheNameOfTheirTopic) {
    const TopicName topic = MakeTopic(1);
    for (int i = 0; i < 10; ++i) {
        const TopicName own_copy{std::string(topic.value())};
        Publish(own_copy, Numbered("key", i), Numbered("", i));
    }
    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(10));
    const std::vector<Message> messages = seen.messages();
    for (const Message& message : messages) {
        EXPECT_EQ(message.topic, topic);
        EXPECT_EQ(&message.topic.value(), &messages.front().topic.value()) << "a copy of its own";
    }
}

TEST_P(EventBusContract, OffsetsGrowWithinAPartition) {
    const TopicName topic = MakeTopic(1);
    Offset last(-1);
    for (int i = 0; i < 50; ++i) {
        const Offset offset = Publish(topic, std::nullopt, "x").offset;
        EXPECT_GT(offset, last);
        last = offset;
    }
}

TEST_P(EventBusContract, RecordsWithoutKeyUseEveryPartition) {
    const TopicName topic = MakeTopic(2);
    std::set<Partition> used;
    EXPECT_TRUE(Eventually([&] {
        used.insert(Publish(topic, std::nullopt, "x").partition);
        return used.size() == 2;
    }));
}

TEST_P(EventBusContract, NoKeyAndTheEmptyKeyAreDifferent) {
    const TopicName topic = MakeTopic(1);
    Publish(topic, std::nullopt, "none");
    Publish(topic, "", "empty");
    Publish(topic, std::string("\0\xff", 2), "binary");
    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(3));
    const auto messages = seen.messages();
    EXPECT_EQ(messages[0].key, std::nullopt);
    EXPECT_EQ(messages[1].key, std::string());
    EXPECT_EQ(messages[2].key, std::string("\0\xff", 2));
}

TEST_P(EventBusContract, TheEmptyKeyHasOnePartition) {
    const TopicName topic = MakeTopic(6);
    const Partition first = Publish(topic, "", "x").partition;
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(Publish(topic, "", "x").partition, first);
}

TEST_P(EventBusContract, PayloadsComeOutAsTheyWentIn) {
    const TopicName topic = MakeTopic(1);
    std::string binary;
    for (int i = 0; i < 256; ++i)
        binary.push_back(static_cast<char>(i));
    Publish(topic, "a", "");
    Publish(topic, "b", binary);
    Publish(topic, "c", R"({"price":1e400,"big":123456789012345678901234567890})");
    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(3));
    EXPECT_THAT(
        seen.payloads(),
        ElementsAre("", binary, R"({"price":1e400,"big":123456789012345678901234567890})")
    );
}

TEST_P(EventBusContract, HeadersKeepOrderDuplicatesAndBinaryValues) {
    const TopicName topic = MakeTopic(1);
    Outgoing record = Record(topic, "k", "body");
    const std::vector<std::pair<std::string, std::string>> headers = {
        {"trace", "1"}, {"trace", "2"}, {"empty", ""}, {"binary", std::string("\0\xfe\n", 3)}};
    for (const auto& [name, value] : headers) {
        Header header;
        header.name = name;
        header.value = value;
        record.headers.push_back(std::move(header));
    }
    ASSERT_TRUE(TryPublish(record));
    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(1));
    const Message message = seen.messages().front();
    ASSERT_EQ(message.headers.size(), headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
        EXPECT_EQ(message.headers[i].name, headers[i].first);
        EXPECT_EQ(message.headers[i].value, headers[i].second);
    }
}

TEST_P(EventBusContract, ARecordOfTheLargestSizePassesAndALargerOneIsRefused) {
    const TopicName topic = MakeTopic(1);
    const std::string key = "key";
    const std::string largest(limits::kRecordBytesMax - key.size(), 'x');
    EXPECT_TRUE(TryPublish(Record(topic, key, largest)));
    const Result<Position> refused = TryPublish(Record(topic, key, largest + "x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
    Publish(topic, key, "after");

    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(Eventually([&] { return seen.Has("after"); }));
    EXPECT_EQ(seen.messages().size(), 2u) << "what was refused is not stored";
    EXPECT_EQ(seen.messages().front().payload.size(), largest.size());
}

TEST_P(EventBusContract, TooManyHeadersAreRefused) {
    const TopicName topic = MakeTopic(1);
    Outgoing record = Record(topic, "k", "body");
    record.headers.resize(limits::kRecordHeadersMax);
    EXPECT_TRUE(TryPublish(record));
    record.headers.resize(limits::kRecordHeadersMax + 1);
    const Result<Position> refused = TryPublish(record);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
}

TEST_P(EventBusContract, AnUnknownTopicIsNotFound) {
    const TopicName nowhere("contract.nowhere");
    const Result<Position> published = TryPublish(Record(nowhere, "k", "v"));
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(published.error().context, HasSubstr("contract.nowhere"));

    SubscribeOptions options;
    options.topic = nowhere;
    Recorder seen;
    using Subscribed = Result<std::unique_ptr<Subscription>>;
    const auto subscribed =
        shards_.Await<Subscribed>(0, [&] { return bus().Subscribe(options, seen.Handler()); });
    ASSERT_FALSE(subscribed);
    EXPECT_EQ(subscribed.error().code, ErrorCode::kNotFound);

    using Watermarks = Result<std::vector<std::pair<Offset, Offset>>>;
    const auto watermarks = shards_.Await<Watermarks>(0, [&] { return bus().Watermarks(nowhere); });
    ASSERT_FALSE(watermarks);
    EXPECT_EQ(watermarks.error().code, ErrorCode::kNotFound);
}

TEST_P(EventBusContract, ATopicKeepsItsOptions) {
    const TopicName topic = MakeTopic(3);
    EXPECT_TRUE(Ensure(topic, OptionsOf(3)));
    const Result<void> different = Ensure(topic, OptionsOf(4));
    ASSERT_FALSE(different);
    EXPECT_EQ(different.error().code, ErrorCode::kConflict);
    EXPECT_THAT(different.error().context, HasSubstr(topic.value()));
    EXPECT_THAT(different.error().context, HasSubstr("partitions"));
}

TEST_P(EventBusContract, WatermarksEncloseWhatIsKept) {
    const TopicName topic = MakeTopic(2);
    std::vector<Position> stood;
    for (int i = 0; i < 10; ++i)
        stood.push_back(Publish(topic, Numbered("key", i), "x"));
    using Watermarks = Result<std::vector<std::pair<Offset, Offset>>>;
    const auto watermarks = shards_.Await<Watermarks>(0, [&] { return bus().Watermarks(topic); });
    ASSERT_TRUE(watermarks);
    ASSERT_EQ(watermarks->size(), 2u);
    for (const Position& position : stood) {
        const auto& [oldest, next] =
            (*watermarks)[static_cast<std::size_t>(position.partition.value())];
        EXPECT_LE(oldest, position.offset);
        EXPECT_GT(next, position.offset);
    }
}

TEST_P(EventBusContract, ReadsFromAnyPosition) {
    const TopicName topic = MakeTopic(1);
    std::vector<Position> stood;
    for (int i = 0; i < 10; ++i)
        stood.push_back(Publish(topic, "k", Numbered("value", i)));
    const auto read = [&](Position from, std::size_t records_max) {
        using Records = Result<std::vector<Message>>;
        return shards_.Await<Records>(0, [&] { return bus().Read(topic, from, records_max); });
    };
    const auto some = read(stood[4], 3);
    ASSERT_TRUE(some) << ToString(some.error());
    ASSERT_EQ(some->size(), 3u);
    EXPECT_EQ(some->front().payload.view(), "value-4");
    EXPECT_EQ(some->front().offset, stood[4].offset);
    EXPECT_EQ(some->back().payload.view(), "value-6");
    Position end = stood[9];
    end.offset = Offset(end.offset.value() + 1);
    const auto none = read(end, 3);
    ASSERT_TRUE(none) << ToString(none.error());
    EXPECT_TRUE(none->empty());
    Position beyond = end;
    beyond.offset = Offset(end.offset.value() + 1);
    EXPECT_EQ(read(beyond, 3).error().code, ErrorCode::kConflict);
    Position foreign = stood[0];
    foreign.log_identity = "another";
    EXPECT_EQ(read(foreign, 3).error().code, ErrorCode::kConflict);
    Position elsewhere = stood[0];
    elsewhere.partition = Partition(7);
    EXPECT_EQ(read(elsewhere, 3).error().code, ErrorCode::kNotFound);
}

TEST_P(EventBusContract, FindsTheFirstRecordNotOlderThanATime) {
    const TopicName topic = MakeTopic(1);
    std::vector<Position> stood;
    for (int i = 0; i < 5; ++i)
        stood.push_back(Publish(topic, "k", Numbered("value", i)));
    const auto offset_at = [&](WallMillis time) {
        return shards_.Await<Result<Offset>>(0, [&] {
            return bus().OffsetAt(topic, Partition(0), time);
        });
    };
    const auto first = offset_at(1);
    ASSERT_TRUE(first) << ToString(first.error());
    EXPECT_EQ(*first, stood[0].offset);
    const WallMillis tomorrow = SystemClock::Instance().WallNow() + 86'400'000;
    const auto end = offset_at(tomorrow);
    ASSERT_TRUE(end) << ToString(end.error());
    EXPECT_EQ(end->value(), stood[4].offset.value() + 1);
    using Records = Result<std::vector<Message>>;
    const auto all = shards_.Await<Records>(0, [&] { return bus().Read(topic, stood[0], 5); });
    ASSERT_TRUE(all);
    for (const Message& message : *all) {
        const auto found = offset_at(message.timestamp);
        ASSERT_TRUE(found);
        EXPECT_LE(*found, message.offset);
        EXPECT_EQ(
            (*all)[static_cast<std::size_t>(found->value() - stood[0].offset.value())].timestamp,
            message.timestamp
        );
    }
}

TEST_P(EventBusContract, SeveralShardsPublishAtOnceAndEachKeepsItsOrder) {
    constexpr int kRecords = 200;
    const TopicName topic = MakeTopic(3);
    std::vector<std::future<int>> publishers;
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        const std::string key = Numbered("shard", static_cast<int>(shard));
        std::function<Task<int>()> publish = [this, topic, key]() -> Task<int> {
            int stored = 0;
            for (int i = 0; i < kRecords; ++i) {
                Outgoing record = Record(topic, key, Numbered(key, i));
                const Result<Position> done = co_await bus().Publish(std::move(record));
                if (done) ++stored;
            }
            co_return stored;
        };
        // Kept alive by the vector's future: the closure is copied into the coroutine's driver.
        publishers.push_back(shards_.Start<int>(shard, publish));
    }
    for (auto& publisher : publishers)
        EXPECT_EQ(publisher.get(), kRecords);

    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(kRecords * shards_.size()));
    std::map<std::string, int> next;
    for (const Message& message : seen.messages()) {
        const std::string key = message.key.value();
        EXPECT_EQ(std::string(message.payload.view()), Numbered(key, next[key]++));
    }
}

TEST_P(EventBusContract, TheIdentityStaysAndIsAnotherAfterWiping) {
    const std::string before = bus().identity();
    EXPECT_FALSE(before.empty());
    Reopen();
    EXPECT_EQ(bus().identity(), before);
    Wipe();
    EXPECT_NE(bus().identity(), before);
}

TEST_P(DurableEventBusContract, ARestartKeepsEveryRecord) {
    const TopicName topic = MakeTopic(3);
    std::vector<Position> stood;
    for (int i = 0; i < 30; ++i) {
        Outgoing record = Record(topic, Numbered("key", i), Numbered("value", i));
        record.headers.resize(1);
        record.headers.front().name = "n";
        record.headers.front().value = std::to_string(i);
        const Result<Position> stored = TryPublish(record);
        ASSERT_TRUE(stored);
        stood.push_back(*stored);
    }
    Reopen();
    ASSERT_TRUE(Ensure(topic, OptionsOf(3)));
    Recorder seen;
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(30));
    for (const Message& message : seen.messages()) {
        const int number = std::stoi(message.headers.at(0).value);
        const Position& position = stood[static_cast<std::size_t>(number)];
        EXPECT_EQ(message.key, Numbered("key", number));
        EXPECT_EQ(std::string(message.payload.view()), Numbered("value", number));
        EXPECT_EQ(message.partition, position.partition);
        EXPECT_EQ(message.offset, position.offset);
        EXPECT_EQ(position.log_identity, bus().identity());
    }
    EXPECT_GT(Publish(topic, "key-0", "after").offset, stood[0].offset);
}

}  // namespace
}  // namespace flux::bus

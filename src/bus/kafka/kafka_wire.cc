#include "bus/kafka/kafka_wire.h"

#include <algorithm>
#include <concepts>
#include <cstddef>

namespace flux::bus {
namespace {

constexpr std::int32_t kCorrelation = 1;  // one question at a time
constexpr std::string_view kClient = "flux-doctor";
constexpr std::string_view kMetadataTopic = "__cluster_metadata";

/// Numbers and texts, most significant byte first.
class Writer {
public:
    template <std::integral T>
    Writer& Number(T value) {
        for (std::size_t left = sizeof(T); left > 0; --left) {
            const auto shifted = static_cast<std::uint64_t>(value) >> (8 * (left - 1));
            bytes_ += static_cast<char>(shifted & 0xff);
        }
        return *this;
    }
    Writer& Text(std::string_view text) {
        Number(static_cast<std::int16_t>(text.size()));
        bytes_ += text;
        return *this;
    }
    Writer& Bytes(std::string_view bytes) {
        Number(static_cast<std::int32_t>(bytes.size()));
        bytes_ += bytes;
        return *this;
    }
    /// One that is shorter than 127 bytes, as newer versions write it.
    Writer& CompactText(std::string_view text) {
        bytes_ += static_cast<char>(text.size() + 1);
        bytes_ += text;
        return *this;
    }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

std::string Request(KafkaApi api, std::int16_t version, const Writer& body, bool tagged = false) {
    Writer head;
    head.Number(static_cast<std::int16_t>(api)).Number(version).Number(kCorrelation).Text(kClient);
    if (tagged) head.Number<std::int8_t>(0);
    return Writer().Bytes(head.bytes() + body.bytes()).bytes();
}

/// Takes an answer apart. Past its end everything is 0 and empty, and `failed` is set.
class Reader {
public:
    explicit Reader(std::string_view bytes)
        : left_(bytes) {
        if (Number<std::int32_t>() != kCorrelation) failed_ = true;
    }

    template <std::integral T>
    T Number() {
        const std::string_view bytes = Take(sizeof(T));
        std::uint64_t value = 0;
        for (const char c : bytes)
            value = value << 8 | static_cast<unsigned char>(c);
        return static_cast<T>(value);
    }

    /// Also none, which is shorter than empty.
    std::string Text() { return std::string(Take(Size(Number<std::int16_t>()))); }

    /// How many items follow. Each takes at least a byte, so a number beyond that is none.
    std::size_t Count() { return Bounded(Size(Number<std::int32_t>())); }

    std::size_t CompactCount() {
        const std::uint32_t count = Varint();
        return count == 0 ? 0 : Bounded(count - 1);
    }
    void SkipCompactText() { Take(CompactCount()); }
    void SkipTags() {
        for (std::uint32_t count = Varint(); count > 0 && !failed_; --count) {
            Varint();
            Take(Varint());
        }
    }
    void SkipNumbers() {
        for (std::size_t count = Count(); count > 0 && !failed_; --count)
            Number<std::int32_t>();
    }

    bool failed() const { return failed_; }

private:
    std::string_view Take(std::size_t size) {
        if (failed_ || size > left_.size()) {
            failed_ = true;
            return {};
        }
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }

    template <std::integral T>
    static std::size_t Size(T told) {
        return told < 0 ? 0 : static_cast<std::size_t>(told);
    }

    std::size_t Bounded(std::size_t count) {
        if (count > left_.size()) failed_ = true;
        return failed_ ? 0 : count;
    }

    std::uint32_t Varint() {
        std::uint32_t value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            const auto byte = Number<std::uint8_t>();
            value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        failed_ = true;
        return 0;
    }

    std::string_view left_;
    bool failed_ = false;
};

template <class T>
std::optional<T> Whole(const Reader& reader, T value) {
    if (reader.failed()) return std::nullopt;
    return value;
}

void SkipBrokers(Reader& reader) {
    for (std::size_t count = reader.Count(); count > 0 && !reader.failed(); --count) {
        reader.Number<std::int32_t>();  // id
        reader.Text();                  // host
        reader.Number<std::int32_t>();  // port
        reader.Text();                  // rack
    }
}

void SkipPartitions(Reader& reader) {
    for (std::size_t count = reader.Count(); count > 0 && !reader.failed(); --count) {
        reader.Number<std::int16_t>();  // error
        reader.Number<std::int32_t>();  // partition
        reader.Number<std::int32_t>();  // leader
        reader.Number<std::int32_t>();  // its epoch
        reader.SkipNumbers();           // copies
        reader.SkipNumbers();           // copies in sync
        reader.SkipNumbers();           // copies that are away
    }
}

}  // namespace

std::string VersionsRequest() {
    return Request(KafkaApi::kApiVersions, 0, Writer());
}

std::string HandshakeRequest(std::string_view mechanism) {
    return Request(KafkaApi::kSaslHandshake, 1, Writer().Text(mechanism));
}

std::string PlainLoginRequest(std::string_view user, std::string_view password) {
    std::string login(1, '\0');
    login += user;
    login += '\0';
    login += password;
    return Request(KafkaApi::kSaslAuthenticate, 0, Writer().Bytes(login));
}

std::string RightsRequest(const std::vector<std::string>& topics) {
    Writer body;
    body.Number(static_cast<std::int32_t>(topics.size()));
    for (const std::string& topic : topics)
        body.Text(topic);
    body.Number<std::int8_t>(0);  // make none of them
    body.Number<std::int8_t>(1);  // what may be done with the cluster
    body.Number<std::int8_t>(1);  // and with each topic
    return Request(KafkaApi::kMetadata, 8, body);
}

std::string QuorumRequest() {
    Writer body;
    body.Number<std::int8_t>(2).CompactText(kMetadataTopic);                    // one topic
    body.Number<std::int8_t>(2).Number<std::int32_t>(0);                        // its one partition
    body.Number<std::int8_t>(0).Number<std::int8_t>(0).Number<std::int8_t>(0);  // no tags
    return Request(KafkaApi::kDescribeQuorum, 1, body, true);
}

std::string GroupOffsetsRequest(std::string_view group) {
    return Request(KafkaApi::kOffsetFetch, 2, Writer().Text(group).Number<std::int32_t>(0));
}

std::string HeartbeatRequest(std::string_view group) {
    constexpr std::int32_t kNoGeneration = 0;
    const Writer body = Writer().Text(group).Number(kNoGeneration).Text(kClient);
    return Request(KafkaApi::kHeartbeat, 0, body);
}

std::optional<KafkaVersions> ReadVersions(std::string_view answer) {
    Reader reader(answer);
    KafkaVersions versions;
    if (reader.Number<std::int16_t>() != kKafkaNoError) return std::nullopt;
    for (std::size_t count = reader.Count(); count > 0 && !reader.failed(); --count) {
        const auto api = reader.Number<std::int16_t>();
        const auto least = reader.Number<std::int16_t>();
        const auto most = reader.Number<std::int16_t>();
        versions[api] = {least, most};
    }
    return Whole(reader, std::move(versions));
}

std::optional<KafkaHandshake> ReadHandshake(std::string_view answer) {
    Reader reader(answer);
    KafkaHandshake handshake;
    handshake.error = reader.Number<std::int16_t>();
    for (std::size_t count = reader.Count(); count > 0 && !reader.failed(); --count)
        handshake.mechanisms.push_back(reader.Text());
    return Whole(reader, std::move(handshake));
}

std::optional<KafkaLogin> ReadLogin(std::string_view answer) {
    Reader reader(answer);
    KafkaLogin login;
    login.error = reader.Number<std::int16_t>();
    login.why = reader.Text();
    return Whole(reader, std::move(login));
}

std::optional<KafkaRights> ReadRights(std::string_view answer) {
    Reader reader(answer);
    KafkaRights rights;
    reader.Number<std::int32_t>();  // how long to wait
    SkipBrokers(reader);
    reader.Text();                  // the cluster's id
    reader.Number<std::int32_t>();  // its controller
    for (std::size_t count = reader.Count(); count > 0 && !reader.failed(); --count) {
        KafkaTopicRights topic;
        topic.error = reader.Number<std::int16_t>();
        std::string name = reader.Text();
        reader.Number<std::int8_t>();  // whether Kafka itself keeps it
        SkipPartitions(reader);
        topic.operations.bits = reader.Number<std::int32_t>();
        rights.topics[std::move(name)] = topic;
    }
    rights.cluster.bits = reader.Number<std::int32_t>();
    return Whole(reader, std::move(rights));
}

std::optional<std::int16_t> ReadGroupOffsets(std::string_view answer) {
    Reader reader(answer);
    if (reader.Count() != 0) return std::nullopt;  // topics
    const auto error = reader.Number<std::int16_t>();
    return Whole(reader, error);
}

std::optional<std::int16_t> ReadHeartbeat(std::string_view answer) {
    Reader reader(answer);
    const auto error = reader.Number<std::int16_t>();
    return Whole(reader, error);
}

std::optional<WallMillis> ReadLeadersTime(std::string_view answer) {
    Reader reader(answer);
    reader.SkipTags();
    if (reader.Number<std::int16_t>() != kKafkaNoError) return std::nullopt;
    if (reader.CompactCount() != 1) return std::nullopt;  // topics
    reader.SkipCompactText();
    if (reader.CompactCount() != 1) return std::nullopt;  // partitions
    reader.Number<std::int32_t>();                        // which
    if (reader.Number<std::int16_t>() != kKafkaNoError) return std::nullopt;
    const auto leader = reader.Number<std::int32_t>();
    reader.Number<std::int32_t>();  // its epoch
    reader.Number<std::int64_t>();  // what all have
    for (std::size_t voters = reader.CompactCount(); voters > 0 && !reader.failed(); --voters) {
        const auto voter = reader.Number<std::int32_t>();
        reader.Number<std::int64_t>();                         // how far it has come
        reader.Number<std::int64_t>();                         // when it last asked
        const auto caught_up = reader.Number<std::int64_t>();  // of the leader: now
        reader.SkipTags();
        if (voter == leader && caught_up > 0) return Whole<WallMillis>(reader, caught_up);
    }
    return std::nullopt;
}

}  // namespace flux::bus

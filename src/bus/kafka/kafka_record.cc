#include "bus/kafka/kafka_record.h"

#include <algorithm>

namespace flux::bus {
namespace {

std::string_view Text(const void* bytes, std::size_t size) {
    return bytes == nullptr ? std::string_view()
                            : std::string_view(static_cast<const char*>(bytes), size);
}

std::vector<Header> HeadersOf(const rd_kafka_message_t& record) {
    std::vector<Header> copies;
    rd_kafka_headers_t* headers = nullptr;  // the record's
    if (rd_kafka_message_headers(&record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return copies;
    const std::size_t count = rd_kafka_header_cnt(headers);
    copies.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        if (rd_kafka_header_get_all(headers, i, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        Header& copy = copies.emplace_back();
        copy.name = name;
        copy.value = Text(value, size);
    }
    return copies;
}

}  // namespace

std::optional<std::string_view> KeyOf(const rd_kafka_message_t& record) {
    if (record.key == nullptr) return std::nullopt;
    return Text(record.key, record.key_len);
}

Message ToMessage(const TopicName& topic, const rd_kafka_message_t& record) {
    Message message;
    message.topic = topic;
    message.partition = Partition(record.partition);
    message.offset = Offset(record.offset);
    if (const auto key = KeyOf(record)) message.key.emplace(*key);
    message.payload = SharedBytes(Text(record.payload, record.len));
    message.headers = HeadersOf(record);
    rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    message.timestamp = std::max<std::int64_t>(0, rd_kafka_message_timestamp(&record, &kind));
    return message;
}

}  // namespace flux::bus

#include "valkey/reply_reader.h"

#include "base/assert.h"

#include <hiredis/hiredis.h>

#include <utility>

namespace flux::valkey {
namespace {

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

Error Garbage(const std::string& what) {
    return Error(ErrorCode::kBadInput, Retry::kLater, "sent what is no answer: " + what);
}

Reply Take(const redisReply& from) {
    Reply reply;
    switch (from.type) {
        case REDIS_REPLY_NIL:
            break;
        case REDIS_REPLY_INTEGER:
            reply.kind = Reply::Kind::kInteger;
            reply.integer = from.integer;
            break;
        case REDIS_REPLY_ERROR:
            reply.kind = Reply::Kind::kError;
            reply.text.assign(from.str, from.len);
            break;
        default:  // a status or a string; Next lets nothing else in
            reply.kind = Reply::Kind::kText;
            reply.text.assign(from.str, from.len);
            break;
    }
    return reply;
}

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const {
    redisReaderFree(reader);
}

ReplyReader::ReplyReader(std::size_t reply_bytes_max)
    : reply_bytes_max_(reply_bytes_max),
      reader_(redisReaderCreate()) {
    FLUX_ASSERT(reader_ != nullptr);
}

std::size_t ReplyReader::unread() const {
    return reader_->len - reader_->pos;
}

Result<void> ReplyReader::Feed(std::string_view bytes) {
    // The answers that are whole have been taken: what is left belongs to one.
    if (unread() > reply_bytes_max_) {
        return Error(
            ErrorCode::kTooLarge,
            Retry::kLater,
            "sent an answer larger than " + std::to_string(reply_bytes_max_) + " bytes"
        );
    }
    FLUX_ASSERT(redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK);
    return {};
}

Result<std::optional<Reply>> ReplyReader::Next() {
    const bool between = reader_->ridx == -1;
    if (between && unread() == 0) return std::optional<Reply>();
    if (between) {
        // Before anything is allocated for it: arrays, RESP3, or no protocol at all.
        const char first = reader_->buf[reader_->pos];
        if (std::string_view("+-:$").find(first) == std::string_view::npos) {
            return Garbage(
                "it begins with byte " + std::to_string(static_cast<unsigned char>(first))
            );
        }
    }
    void* made = nullptr;
    if (redisReaderGetReply(reader_.get(), &made) != REDIS_OK) return Garbage(reader_->errstr);
    if (made == nullptr) return std::optional<Reply>();
    const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(made));
    return std::optional<Reply>(Take(*reply));
}

}  // namespace flux::valkey

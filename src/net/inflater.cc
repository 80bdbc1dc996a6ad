#include "net/inflater.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <algorithm>
#include <zlib.h>

namespace flux::net {
namespace {

constexpr int kWindowBits = -15;  // 32 KiB, the most a client may use; negative: no zlib header
constexpr std::size_t kFirstBytes = 4096;
/// What the sender left out (RFC 7692, 7.2.2).
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
/// Whether inflate, which was just called, stands between two blocks.
bool BetweenBlocks(const z_stream& z) {
    return (z.data_type & 128) != 0;
}

}  // namespace

struct Inflater::Stream {
    Stream() {
        const int made = ::inflateInit2(&z, kWindowBits);
        FLUX_ASSERT(made == Z_OK);
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() { ::inflateEnd(&z); }

    z_stream z{};
};

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

Inflater::Outcome Inflater::Inflate(std::string_view compressed, std::size_t bytes_max) {
    message_bytes_ = 0;
    if (compressed.empty()) return Outcome::kWhole;  // not even a block; some send it so
    if (stream_ == nullptr) stream_ = std::make_unique<Stream>();
    if (output_.empty()) output_.resize(kFirstBytes);
    ::inflateReset(&stream_->z);
    for (const std::string_view piece : {compressed, kTail}) {
        const Outcome outcome = Feed(piece, bytes_max);
        if (outcome != Outcome::kWhole) return outcome;
    }
    return BetweenBlocks(stream_->z) ? Outcome::kWhole : Outcome::kBroken;
}

void Inflater::Release() {
    if (output_.capacity() > limits::kDeflateScratchBytesKept) std::string().swap(output_);
    message_bytes_ = 0;
}

/// kWhole: all of `piece` was taken.
Inflater::Outcome Inflater::Feed(std::string_view piece, std::size_t bytes_max) {
    z_stream& z = stream_->z;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    z.avail_in = static_cast<uInt>(piece.size());
    for (;;) {
        // One byte more than allowed shows that there is more.
        const std::size_t room = std::min(output_.size(), bytes_max + 1) - message_bytes_;
        z.next_out = reinterpret_cast<Bytef*>(output_.data() + message_bytes_);
        z.avail_out = static_cast<uInt>(room);
        const int done = ::inflate(&z, Z_SYNC_FLUSH);
        message_bytes_ += room - z.avail_out;
        if (message_bytes_ > bytes_max) return Outcome::kTooLarge;
        if (done == Z_STREAM_END) {
            // A sender may end its blocks for good (RFC 7692, 7.2.3.4); what follows is a new row
            // of them.
            ::inflateReset(&z);
        } else if (done != Z_OK && done != Z_BUF_ERROR) {
            return Outcome::kBroken;
        }
        // Between blocks nothing waits for room. To ask again would lose that it stands there.
        if (z.avail_in == 0 && (z.avail_out > 0 || BetweenBlocks(z))) return Outcome::kWhole;
        if (z.avail_out == 0) {
            output_.resize(std::min(output_.size() * 2, bytes_max + 1));
        } else if (done == Z_BUF_ERROR) {
            return Outcome::kBroken;
        }
    }
}

}  // namespace flux::net

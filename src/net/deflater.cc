#include "net/deflater.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <zlib.h>

namespace flux::net {
namespace {

constexpr int kMemoryLevel = 8;
/// The fastest: a message is compressed while its readers wait.
constexpr int kLevel = Z_BEST_SPEED;
/// What a flush ends with and RFC 7692 (7.2.1) leaves out: an empty stored block's length.
constexpr std::size_t kTailBytes = 4;
constexpr std::size_t kFlushBytes = 16;  // what a flush may add to deflateBound

}  // namespace

struct Deflater::Stream {
    explicit Stream(int window_bits) {
        // Negative: no zlib header.
        const int made =
            ::deflateInit2(&z, kLevel, Z_DEFLATED, -window_bits, kMemoryLevel, Z_DEFAULT_STRATEGY);
        FLUX_ASSERT(made == Z_OK);
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() { ::deflateEnd(&z); }

    z_stream z{};
};

Deflater::Deflater(int window_bits)
    : window_bits_(window_bits) {}
Deflater::~Deflater() = default;

void Deflater::Release() {
    if (output_.capacity() > limits::kDeflateScratchBytesKept) std::string().swap(output_);
}

std::string_view Deflater::Deflate(std::string_view message) {
    if (stream_ == nullptr) stream_ = std::make_unique<Stream>(window_bits_);
    z_stream& z = stream_->z;
    ::deflateReset(&z);
    const std::size_t bound = ::deflateBound(&z, message.size()) + kFlushBytes;
    if (output_.size() < bound) output_.resize(bound);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
    z.avail_in = static_cast<uInt>(message.size());
    z.next_out = reinterpret_cast<Bytef*>(output_.data());
    z.avail_out = static_cast<uInt>(output_.size());
    const int done = ::deflate(&z, Z_SYNC_FLUSH);
    FLUX_ASSERT(done == Z_OK && z.avail_out > 0);
    return std::string_view(output_).substr(0, output_.size() - z.avail_out - kTailBytes);
}

}  // namespace flux::net

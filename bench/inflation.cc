#include "inflation.h"

#include <cstdio>
#include <cstdlib>
#include <zlib.h>

namespace flux::bench {

struct Inflation::Stream {
    z_stream z{};
};

Inflation::Inflation(bool keeps_context)
    : keeps_context_(keeps_context),
      stream_(std::make_unique<Stream>()) {
    ::inflateInit2(&stream_->z, -MAX_WBITS);
}

Inflation::~Inflation() {
    ::inflateEnd(&stream_->z);
}

std::string_view Inflation::Inflate(std::string_view payload) {
    std::string in(payload);
    in.append("\x00\x00\xff\xff", 4);
    if (out_.size() < 64 * 1024) out_.resize(64 * 1024);
    z_stream& z = stream_->z;
    if (!keeps_context_) ::inflateReset(&z);
    z.next_in = reinterpret_cast<Bytef*>(in.data());
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = reinterpret_cast<Bytef*>(out_.data());
    z.avail_out = static_cast<uInt>(out_.size());
    const int done = ::inflate(&z, Z_SYNC_FLUSH);
    if (done != Z_OK || z.avail_in != 0) {
        std::fprintf(stderr, "fanout_load: a compressed message cannot be read (zlib %d)\n", done);
        std::exit(1);
    }
    return std::string_view(out_).substr(0, out_.size() - z.avail_out);
}

}  // namespace flux::bench

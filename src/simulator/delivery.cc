#include "simulator/delivery.h"

#include "base/assert.h"
#include "net/response_head.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <zlib.h>

namespace flux::simulator {
namespace {

constexpr std::size_t kPieces = 20;
constexpr std::size_t kMissingBytes = 100;

/// The head of a response that closes its connection, for a body of `bytes`.
std::string HeadOf(const Answer& answer, WallMillis now, std::size_t bytes) {
    net::HttpResponse response;
    response.status = answer.status;
    response.content_type = answer.content_type;
    response.headers = answer.headers;
    response.body = SharedBytes(std::string(bytes, ' '));
    const std::string date = net::FormatHttpDate(now);
    net::ResponseTraits traits;
    traits.keep_alive = false;
    traits.date = date;
    std::string head;
    net::AppendResponseHead(head, response, traits);
    return head;
}

}  // namespace

net::HttpResponse ToResponse(Answer answer) {
    // The response holds a view of the type: it must be one that lives.
    net::HttpResponse response = net::HttpResponse::Text(answer.status, answer.body);
    if (answer.content_type.starts_with("application/json")) {
        response.content_type = "application/json; charset=utf-8";
    } else if (answer.content_type.starts_with("text/html")) {
        response.content_type = "text/html; charset=utf-8";
    }
    response.headers = std::move(answer.headers);
    return response;
}

net::WireScript ResetScript() {
    net::WireScript script;
    script.reset = true;
    return script;
}

net::WireScript LateScript(const Answer& answer, WallMillis now, Milliseconds delay) {
    net::WireScript script;
    script.steps.push_back({delay, HeadOf(answer, now, answer.body.size()) + answer.body});
    return script;
}

net::WireScript DripScript(const Answer& answer, WallMillis now, Milliseconds delay) {
    net::WireScript script;
    script.steps.push_back({Milliseconds(0), HeadOf(answer, now, answer.body.size())});
    const std::size_t size = std::max<std::size_t>(answer.body.size() / kPieces, 1);
    const std::size_t pieces = (answer.body.size() + size - 1) / size;
    for (std::size_t i = 0; i < pieces; ++i) {
        script.steps.push_back(
            {delay / static_cast<int>(pieces), answer.body.substr(i * size, size)}
        );
    }
    return script;
}

net::WireScript CutScript(const Answer& answer, WallMillis now) {
    net::WireScript script;
    const std::string half = answer.body.substr(0, answer.body.size() / 2);
    script.steps.push_back({Milliseconds(0), HeadOf(answer, now, answer.body.size()) + half});
    script.steps.push_back({Milliseconds(20), ""});  // what was sent is read before the reset
    script.reset = true;
    return script;
}

net::WireScript ShortScript(const Answer& answer, WallMillis now) {
    net::WireScript script;
    const std::size_t announced = answer.body.size() + kMissingBytes;
    script.steps.push_back({Milliseconds(0), HeadOf(answer, now, announced) + answer.body});
    return script;
}

std::string Gzip(const std::string& text) {
    constexpr int kGzipWindow = 15 + 16;
    z_stream stream{};
    const int begun = ::deflateInit2(
        &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY
    );
    FLUX_ASSERT(begun == Z_OK);
    std::string out(::deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = ::deflate(&stream, Z_FINISH);
    FLUX_ASSERT(ended == Z_STREAM_END);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

}  // namespace flux::simulator

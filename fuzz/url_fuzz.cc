// Base URLs: what is accepted holds nothing that could break a request head, and reads back as it
// is printed.
#include "base/assert.h"
#include "net/client/url.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

bool FitsARequestHead(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto url = flux::net::Url::Parse(text);
    if (!url) return 0;
    FLUX_ASSERT(FitsARequestHead(url->HostHeader()));
    FLUX_ASSERT(FitsARequestHead(url->Target("")) && url->Target("").front() == '/');
    FLUX_ASSERT(!url->host.empty() && url->port != 0);
    FLUX_ASSERT(url->path.empty() || (url->path.front() == '/' && url->path.back() != '/'));
    const bool literal = url->host.find(':') != std::string::npos;
    FLUX_ASSERT(!literal || url->host_is_address());
    FLUX_ASSERT(url->secure() == (url->scheme == "https" || url->scheme == "wss"));

    const auto again = flux::net::Url::Parse(url->ToString());
    FLUX_ASSERT(again);
    FLUX_ASSERT(again->scheme == url->scheme && again->host == url->host);
    FLUX_ASSERT(again->port == url->port && again->path == url->path);
    return 0;
}

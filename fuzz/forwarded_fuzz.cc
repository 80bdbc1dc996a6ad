// X-Forwarded headers: who asks is the peer, or somebody a trusted hop has named; what others claim
// is ignored.
//
// The first byte chooses the peer; the lines that follow are headers: 'p' of X-Forwarded-Proto,
// anything else of X-Forwarded-For.
#include "base/assert.h"
#include "input.h"
#include "net/forwarded.h"
#include "net/http_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flux::net::HttpRequest;
using flux::net::IpAddress;
using flux::net::NetworkList;

constexpr std::array kPeers{"10.0.0.1", "10.9.9.9", "::1", "203.0.113.9", "2001:db8::7", "9.0.0.1"};

const NetworkList& Trusted() {
    static const NetworkList list = *NetworkList::Parse({"10.0.0.0/8", "::1"});
    return list;
}

/// The elements of all lines of one name in their order. What is empty ahead of a line's first
/// comma is none.
std::vector<std::string_view> Elements(const HttpRequest& request, std::string_view name) {
    std::vector<std::string_view> found;
    for (const auto& [header, value] : request.headers) {
        if (header != name) continue;
        std::string_view rest = value;
        if (rest.empty()) continue;
        if (rest.starts_with(',')) rest.remove_prefix(1);
        for (std::size_t comma = 0; comma != std::string_view::npos;) {
            comma = rest.find(',');
            found.push_back(flux::net::TrimBlanks(rest.substr(0, comma)));
            if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
        }
    }
    return found;
}

/// The address in an element: as it is, in brackets, or an IPv4 one ahead of a port.
std::optional<IpAddress> Hop(std::string_view element) {
    std::string_view text = element.substr(0, element.find(':'));
    if (std::count(element.begin(), element.end(), ':') != 1) text = element;
    if (element.starts_with('[')) {
        const std::size_t end = element.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        text = element.substr(1, end - 1);
    }
    const auto address = IpAddress::Parse(text);
    return address ? std::optional(*address) : std::nullopt;
}

struct Asker {
    IpAddress client;
    bool secure = false;

    friend bool operator==(const Asker&, const Asker&) = default;
};

/// Who asks: the chain of hops from the peer outwards, up to the first that is not trusted.
Asker Expected(const HttpRequest& request) {
    std::vector<IpAddress> chain{request.peer};
    std::vector<std::string_view> hops = Elements(request, "X-Forwarded-For");
    std::reverse(hops.begin(), hops.end());
    for (const std::string_view element : hops) {
        const std::optional<IpAddress> hop = Hop(element);
        if (!hop) break;
        chain.push_back(*hop);
    }
    const auto untrusted = [](const IpAddress& hop) { return !Trusted().Contains(hop); };
    const auto end = std::find_if(chain.begin(), chain.end(), untrusted);
    const auto trusted_hops = static_cast<std::size_t>(end - chain.begin());
    Asker asker{end == chain.end() ? chain.back() : *end};
    const std::vector<std::string_view> protocols = Elements(request, "X-Forwarded-Proto");
    const std::size_t heard = std::min(trusted_hops, protocols.size());
    if (heard > 0)
        asker.secure = flux::net::EqualsIgnoringCase(protocols[protocols.size() - heard], "https");
    return asker;
}

Asker Read(HttpRequest request) {
    request.secure = true;  // whatever was there before
    flux::net::ReadForwarded(request, Trusted());
    return {request.client, request.secure};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    HttpRequest request;
    request.peer = *IpAddress::Parse(kPeers[input.Byte() % kPeers.size()]);
    while (!input.Rest().empty()) {
        std::string_view line = input.Line();
        const bool protocol = line.starts_with('p');
        if (protocol) line.remove_prefix(1);
        request.headers.emplace_back(protocol ? "X-Forwarded-Proto" : "X-Forwarded-For", line);
    }
    const Asker asker = Read(request);
    FLUX_ASSERT(asker == Expected(request));
    if (!Trusted().Contains(request.peer)) FLUX_ASSERT(asker == Asker{request.peer});

    // Whoever is not trusted may write ahead of what it hands on whatever it likes.
    if (Trusted().Contains(asker.client)) return 0;
    request.headers.insert(request.headers.begin(), {"X-Forwarded-For", "198.51.100.1, 10.0.0.2"});
    FLUX_ASSERT(Read(request).client == asker.client);
    return 0;
}

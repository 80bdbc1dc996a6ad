// Host headers: a rule never lets a name in that is not listed, whatever its case and port, and
// lets those in that are.
//
// The first line is the Host header, each further one a name of the listener.
#include "base/assert.h"
#include "input.h"
#include "net/address.h"
#include "net/host_rule.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flux::net::HostRule;
using flux::net::HttpRequest;

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return lower;
}

/// What may stand behind a name: nothing, or a colon and digits.
bool IsPort(std::string_view text) {
    return text.empty() || (text[0] == ':' && std::all_of(text.begin() + 1, text.end(), [](char c) {
                                return c >= '0' && c <= '9';
                            }));
}

/// Whether `host` is `name`, perhaps with a port behind it, or in brackets.
bool Names(const std::string& host, const std::string& name) {
    if (host.starts_with('[')) {
        return name.find(']') == std::string::npos && host.starts_with('[' + name + ']') &&
               IsPort(std::string_view(host).substr(name.size() + 2));
    }
    if (name.find(':') != std::string::npos) return false;  // what is behind it is a port
    return host.starts_with(name) && IsPort(std::string_view(host).substr(name.size()));
}

bool Listed(const std::string& host, const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&host](const std::string& name) {
        return Names(host, Lower(name));
    });
}

/// Whether nobody but this machine's owner can stand behind `host`.
bool Own(const std::string& host, const std::vector<std::string>& names) {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        return end != std::string::npos && IsPort(std::string_view(host).substr(end + 1)) &&
               flux::net::IpAddress::Parse(host.substr(1, end - 1));
    }
    const std::string name = host.substr(0, host.find(':'));
    if (!IsPort(std::string_view(host).substr(name.size()))) return false;
    return flux::net::IpAddress::Parse(name) || name == "localhost" ||
           name.ends_with(".localhost") || Listed(host, names);
}

HttpRequest With(std::string_view host) {
    HttpRequest request;
    request.headers = {{"hOST", host}};
    return request;
}

void CheckRule(const HostRule& rule, const std::string& host, bool expected) {
    FLUX_ASSERT(rule.AllowsHost(host) == expected);
    FLUX_ASSERT(rule.Allows(With(host)) == expected);
    FLUX_ASSERT(rule.AllowsHost(Lower(host)) == expected);
    if (host.find(':') == std::string::npos || host.ends_with(']'))
        FLUX_ASSERT(rule.AllowsHost(host + ":9464") == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::string host(input.Line());
    std::vector<std::string> names;
    while (!input.Rest().empty()) {
        const std::string_view name = input.Line();
        if (!name.empty()) names.emplace_back(name);
    }
    const std::string lower = Lower(host);
    CheckRule(HostRule(), host, true);
    CheckRule(HostRule({"0.0.0.0"}, {}), host, true);
    const HostRule own({"127.0.0.1", "::1"}, names);
    CheckRule(own, host, Own(lower, names));
    FLUX_ASSERT(own.Allows(HttpRequest{}));  // HTTP/1.0 without a Host
    if (names.empty()) return 0;
    const HostRule listed({"127.0.0.1", "0.0.0.0"}, names);
    CheckRule(listed, host, Listed(lower, names));
    FLUX_ASSERT(!listed.Allows(HttpRequest{}));
    return 0;
}

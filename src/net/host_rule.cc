#include "net/host_rule.h"

#include "net/address.h"
#include "net/http_text.h"

#include <algorithm>
#include <utility>

namespace flux::net {
namespace {

/// Nothing, or a colon and digits.
bool IsPort(std::string_view text) {
    return text.empty() || (text.front() == ':' &&
                            text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

/// A Host header without its port and the brackets of an IPv6 address; empty when it is malformed.
std::string_view NameIn(std::string_view host) {
    const bool bracketed = host.starts_with('[');
    const std::size_t end = std::min(host.find(bracketed ? ']' : ':'), host.size());
    if (bracketed && end == host.size()) return {};
    if (!IsPort(host.substr(bracketed ? end + 1 : end))) return {};
    return bracketed ? host.substr(1, end - 1) : host.substr(0, end);
}

bool IsLocalhost(std::string_view name) {
    constexpr std::string_view kLocalhost = "localhost";
    if (name.size() < kLocalhost.size()) return false;
    const std::string_view end = name.substr(name.size() - kLocalhost.size());
    const std::string_view before = name.substr(0, name.size() - end.size());
    return EqualsIgnoringCase(end, kLocalhost) && (before.empty() || before.ends_with('.'));
}

bool Lists(const std::vector<std::string>& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& own) {
        return EqualsIgnoringCase(own, name);
    });
}

}  // namespace

HostRule::HostRule(const std::vector<std::string>& addresses, std::vector<std::string> names)
    : names_(std::move(names)) {
    const bool only_here =
        std::all_of(addresses.begin(), addresses.end(), [](const std::string& text) {
            const Result<IpAddress> address = IpAddress::Parse(text);
            return address && address->is_loopback();
        });
    if (only_here) {
        kind_ = Kind::kOwn;
    } else if (!names_.empty()) {
        kind_ = Kind::kListed;
    }
}

bool HostRule::Allows(const HttpRequest& request) const {
    if (kind_ == Kind::kAny) return true;
    if (kind_ == Kind::kOwn && !request.HasHeader("host")) return true;
    return AllowsHost(request.Header("host"));
}

bool HostRule::AllowsHost(std::string_view host) const {
    switch (kind_) {
        case Kind::kAny:
            return true;
        case Kind::kOwn:
            return IsOwn(host, names_);
        case Kind::kListed:
            return Lists(names_, NameIn(host));
    }
    return false;
}

bool HostRule::IsOwn(std::string_view host, const std::vector<std::string>& names) {
    const std::string_view name = NameIn(host);
    if (name.empty()) return false;
    // In brackets there is an address or nothing.
    if (IpAddress::Parse(name)) return true;
    return !host.starts_with('[') && (IsLocalhost(name) || Lists(names, name));
}

}  // namespace flux::net

// Which names a listener answers to.
#pragma once

#include "net/http.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::net {

/// Decides by its Host header whether a request was meant for this listener.
///
/// A page of somebody else's domain can make a browser talk to this machine by pointing that domain
/// here after it was loaded (DNS rebinding); the browser then takes the listener for a part of that
/// page. Only the Host header tells. So a listener that only this machine can reach answers to
/// addresses, localhost and the names it was given; one that the world can reach answers to any
/// name, or, once it was given names, to those alone. Immutable. Thread: any.
class HostRule {
public:
    HostRule() = default;  ///< any name

    /// `addresses`: what the listener binds. `names`: of the listener, without port; an address
    /// stands for itself.
    HostRule(const std::vector<std::string>& addresses, std::vector<std::string> names);

    /// HTTP/1.0 clients may send no Host; then a listener on this machine takes the request, for no
    /// browser sends one.
    bool Allows(const HttpRequest& request) const;

    /// As Allows, for the value of a Host header.
    bool AllowsHost(std::string_view host) const;

    /// Whether a Host header names an address, this machine or one of `names`, rather than a domain
    /// whose owner could point it here.
    static bool IsOwn(std::string_view host, const std::vector<std::string>& names);

private:
    enum class Kind : unsigned char { kAny, kOwn, kListed };

    Kind kind_ = Kind::kAny;
    std::vector<std::string> names_;
};

}  // namespace flux::net

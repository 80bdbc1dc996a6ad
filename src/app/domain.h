// The four domains, each with a service and a source of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flux::app {

enum class Domain : std::uint8_t { kWeather, kCrypto, kStock, kNews };

inline constexpr std::array kDomains{
    Domain::kWeather, Domain::kCrypto, Domain::kStock, Domain::kNews};

/// One value for each domain.
template <class T>
class PerDomain {
public:
    constexpr T& operator[](Domain domain) { return values_[static_cast<std::size_t>(domain)]; }
    constexpr const T& operator[](Domain domain) const {
        return values_[static_cast<std::size_t>(domain)];
    }

private:
    std::array<T, kDomains.size()> values_{};
};

/// As the contracts, the settings and the subcommands call it.
constexpr std::string_view NameOf(Domain domain) {
    constexpr std::array<std::string_view, kDomains.size()> kNames{
        "weather", "crypto", "stock", "news"};
    return kNames[static_cast<std::size_t>(domain)];
}

}  // namespace flux::app

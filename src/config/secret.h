// Text that must not be seen: tokens, passwords, keys.
#pragma once

#include <fmt/core.h>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace flux::config {

/// Prints as *** however it is formatted; its bytes are overwritten when it goes. Reveal it where
/// it is used, and nowhere else. Value type; thread: as a string.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text)
        : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(const Secret& other) {
        if (this != &other) *this = Secret(other);
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        std::swap(text_, other.text_);
        return *this;
    }
    ~Secret();

    /// There is no secret.
    bool empty() const { return text_.empty(); }
    const std::string& Reveal() const { return text_; }

    /// Whether `guess` is the secret, in a time that depends on the length of `guess` alone. An
    /// empty secret equals nothing.
    bool Matches(std::string_view guess) const;

    friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

private:
    std::string text_;
};

}  // namespace flux::config

template <>
struct fmt::formatter<flux::config::Secret> {
    constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
    template <class Context>
    auto format(const flux::config::Secret&, Context& context) const {
        return fmt::format_to(context.out(), "***");
    }
};

// Writes one JSON object, member by member, in the order of the calls.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flux::contract {

/// Member names are literals of this program and are written as they are. Thread: one at a time.
class ObjectWriter {
public:
    void Text(std::string_view name, std::string_view value);
    /// Left out when absent.
    void OptionalText(std::string_view name, const std::optional<std::string>& value);
    /// null when absent.
    void TextOrNull(std::string_view name, const std::optional<std::string>& value);
    void Integer(std::string_view name, std::int64_t value);
    /// As JavaScript writes it: the fewest digits that read back as the same double. `value` is
    /// finite; one that is not becomes null, as in JSON.stringify, and no decoder here takes that.
    void Number(std::string_view name, double value);
    /// Left out when absent.
    void OptionalNumber(std::string_view name, const std::optional<double>& value);
    void Bool(std::string_view name, bool value);
    void Texts(std::string_view name, std::span<const std::string> values);
    /// `json` is checked JSON text.
    void Raw(std::string_view name, std::string_view json);

    /// The object's text; the writer is empty again.
    std::string Take();

private:
    void Name(std::string_view name);

    std::string out_ = "{";
};

/// `value` as JSON.stringify writes it. Thread: any.
std::string NumberJson(double value);

/// The JSON array of what `encode` makes of each of `items`.
template <typename Items, typename Encode>
std::string ArrayJson(const Items& items, Encode encode) {
    std::string out = "[";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += encode(item);
    }
    out += ']';
    return out;
}

}  // namespace flux::contract

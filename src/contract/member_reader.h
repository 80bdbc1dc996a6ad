// Reads the members of one JSON object of a payload, and remembers the first that is wrong.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {

/// A decoder asks for member after member and looks at error() once, at the end. A required member
/// that is absent, null or of another kind is an error, and what is returned for it means nothing;
/// an optional one may be absent or null, but not of another kind.
///
/// Reads checked JSON (json/json_check.h) that outlives it. Thread: one at a time.
class MemberReader {
public:
    /// `payload` names the whole in errors ("movers event"); `path` says where `object` is in it
    /// ("data.", "topGainers.data[3]."), and is empty for the whole.
    MemberReader(std::string_view payload, std::string_view object, std::string path = "");

    std::string Text(std::string_view name);
    std::string TextNotEmpty(std::string_view name);
    double Number(std::string_view name);
    std::int64_t Integer(std::string_view name);
    bool Bool(std::string_view name);
    std::vector<std::string> Texts(std::string_view name);
    std::optional<std::string> OptionalText(std::string_view name);
    std::optional<double> OptionalNumber(std::string_view name);
    std::optional<std::int64_t> OptionalInteger(std::string_view name);
    /// The member must be this text.
    void Constant(std::string_view name, std::string_view value);
    /// The text of a time: ISO 8601 (config/instant.h).
    std::int64_t Time(std::string_view name);

    /// A reader of the object `name`; of an empty object when it is none.
    MemberReader Object(std::string_view name);
    /// Nothing when it is absent or null.
    std::optional<MemberReader> OptionalObject(std::string_view name);

    /// What `read` makes of each item of the array `name`, all of them objects. Ends at the first
    /// that is wrong.
    template <typename Read>
    auto Objects(std::string_view name, Read read) {
        std::vector<decltype(read(*this))> all;
        for (const std::string_view item : Items(name)) {
            MemberReader reader = Item(name, all.size(), item);
            all.push_back(read(reader));
            Take(reader);
            if (error_) break;
        }
        return all;
    }

    /// The object's own text.
    std::string_view json() const { return object_; }

    /// Notes that `name` is wrong, unless something was before.
    void Refuse(std::string_view name, std::string_view why);
    /// Takes over the first error of a reader of something inside.
    void Take(const MemberReader& inner);
    /// The first member that is wrong: kBadInput.
    const std::optional<Error>& error() const { return error_; }

private:
    std::optional<std::string_view> Given(std::string_view name) const;
    std::vector<std::string_view> Items(std::string_view name);
    MemberReader Item(std::string_view name, std::size_t index, std::string_view item);

    std::string_view payload_;
    std::string_view object_;
    std::string path_;
    std::optional<Error> error_;
};

/// A reader of a whole payload: checks `json` first, and that it is an object. Errors: those of
/// json::Check, or kBadInput. Thread: any.
Result<MemberReader> ReadObject(std::string_view payload, std::string_view json);

}  // namespace flux::contract

// A row of an array of tables such as [[route]], with the place of every field.
#pragma once

#include "base/clock.h"
#include "config/place.h"
#include "config/problems.h"
#include "config/value.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::config {

/// One `name = value` of a row. A table inside the row is flattened: `match = {key = "x"}` is the
/// field "match.key".
struct Field {
    std::string name;
    Value value;
    Place place;
};

/// One row. Whoever owns the kind of row reads its fields and says which names exist; what is wrong
/// is added to `problems` with the field's line, and read as absent. Value type; thread: any.
class Table {
public:
    Table(std::string kind, Place place)
        : kind_(std::move(kind)),
          place_(std::move(place)) {}

    const std::string& kind() const { return kind_; }  ///< "route", "intent"
    const Place& place() const { return place_; }
    const std::vector<Field>& fields() const { return fields_; }

    void Add(Field field) { fields_.push_back(std::move(field)); }

    /// nullptr when absent.
    const Field* Find(std::string_view name) const;

    /// The field's place, or the row's when it is absent.
    const Place& PlaceOf(std::string_view name) const;

    /// Complains about each field that is not in `known`, naming the nearest that is.
    void RefuseUnknown(std::span<const std::string_view> known, Problems& problems) const;

    // Typed reading: absent when the field is, or when it is of another kind (a problem then).
    std::optional<std::string> Text(std::string_view name, Problems& problems) const;
    std::optional<bool> Bool(std::string_view name, Problems& problems) const;
    std::optional<std::int64_t> Integer(std::string_view name, Problems& problems) const;

    /// A list of texts; a single text is a list of one.
    std::optional<std::vector<std::string>> Texts(std::string_view name, Problems& problems) const;

    /// "25s", or a whole number of `plain_unit`.
    std::optional<Milliseconds> Duration(
        std::string_view name, Milliseconds plain_unit, Problems& problems
    ) const;

    /// "16KiB", or a whole number of bytes.
    std::optional<std::size_t> Bytes(std::string_view name, Problems& problems) const;

private:
    template <class T>
    std::optional<T> Read(std::string_view name, std::string_view wanted, Problems& problems) const;
    void Complain(const Field& field, std::string_view wanted, Problems& problems) const;

    std::string kind_;
    Place place_;
    std::vector<Field> fields_;
};

}  // namespace flux::config

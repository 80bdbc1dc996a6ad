// Reads one row of the configuration and remembers which fields a row of its kind may have.
#pragma once

#include "config/problems.h"
#include "config/table.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// What is wrong is added to `problems` with its line. Every field that is asked for becomes a
/// known one; call Finish last. Thread: one at a time.
class RowReader {
public:
    RowReader(const config::Table& row, config::Problems& problems)
        : row_(row),
          problems_(problems),
          problems_before_(problems.lines().size()) {}

    /// The text of a field that must be there; empty after a complaint.
    std::string Required(std::string_view name);
    std::optional<std::string> Text(std::string_view name);
    std::optional<std::vector<std::string>> Texts(std::string_view name);
    std::optional<std::int64_t> Integer(
        std::string_view name, std::int64_t lowest, std::int64_t highest
    );

    std::optional<bool> Bool(std::string_view name);
    std::optional<std::size_t> Bytes(
        std::string_view name, std::size_t lowest, std::size_t highest
    );
    /// A plain number is one of `lowest`'s unit.
    std::optional<Milliseconds> Duration(
        std::string_view name, std::chrono::hours lowest, std::chrono::hours highest
    );

    /// Whole seconds; a plain number counts them.
    std::optional<std::chrono::seconds> Seconds(
        std::string_view name, std::chrono::seconds lowest, std::chrono::seconds highest
    );

    /// The index of the field's text among `choices`, or `fallback` when it is absent.
    std::size_t Choice(
        std::string_view name, const std::vector<std::string_view>& choices, std::size_t fallback
    );

    /// The fields `prefix`.*, with what follows the dot and the value as text.
    std::vector<std::pair<std::string, std::string>> Under(std::string_view prefix);

    /// Complains about `name`: "<name> of a [[route]] <sentence>".
    void Complain(std::string_view name, std::string_view sentence);

    /// Complains about fields nobody asked for. True when the row has no mistake.
    bool Finish();

private:
    void Know(std::string_view name);

    const config::Table& row_;
    config::Problems& problems_;
    const std::size_t problems_before_;
    std::vector<std::string> known_;
};

}  // namespace flux::gateway

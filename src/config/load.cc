#include "config/load.h"

#include "config/nearest.h"
#include "config/secret_file.h"
#include "config/toml_document.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

namespace flux::config {
namespace {

constexpr std::string_view kPrefix = "FLUX_";
constexpr std::string_view kFileSuffix = "_file";

/// A secret's file, as the last source that named one did.
struct SecretPlace {
    std::string path;
    Place place;
};

/// One pass over all sources.
class Loader {
public:
    Loader(Registry& registry, Problems& problems)
        : registry_(registry),
          problems_(problems) {}

    void ApplyDocument(const TomlDocument& document) {
        for (const Field& field : document.values)
            ApplyField(field);
        for (const Table& row : document.rows)
            ApplyRow(row);
    }

    void ApplyVariable(const std::string& variable, const std::string& text) {
        const Place place = Place::Variable(variable);
        for (const Setting& setting : registry_.settings()) {
            const bool secret = setting.kind == Kind::kSecret;
            if (secret && VariableOf(setting.name + std::string(kFileSuffix)) == variable) {
                secrets_[setting.name] = SecretPlace{text, place};
                return;
            }
            if (VariableOf(setting.name) != variable) continue;
            Assign(*registry_.Find(setting.name), text, Spelling::kText, place);
            return;
        }
        std::vector<std::string> variables;
        for (const std::string& name : registry_.Names())
            variables.push_back(VariableOf(name));
        problems_.Add(place, "no setting has this variable" + DidYouMean(variable, variables));
    }

    void ApplyFlag(const Flag& flag) {
        const Place place = Place::Flag(flag.name);
        if (const std::string owner = SecretOfFileName(flag.name); !owner.empty()) {
            secrets_[owner] = SecretPlace{flag.value.value_or(""), place};
            return;
        }
        Setting* setting = registry_.Find(flag.name);
        if (setting == nullptr) {
            problems_.Add(place, "no such setting" + DidYouMean(flag.name, registry_.Names()));
            return;
        }
        Assign(*setting, flag.value.value_or("true"), Spelling::kText, place);
    }

    void ReadSecrets(const std::filesystem::path& directory, std::vector<std::string>& warnings) {
        for (const Setting& setting : registry_.settings()) {
            if (setting.kind == Kind::kSecret) ReadSecret(setting.name, directory, warnings);
        }
    }

private:
    void ApplyField(const Field& field) {
        if (const std::string owner = SecretOfFileName(field.name); !owner.empty()) {
            const auto* path = std::get_if<std::string>(&field.value);
            if (path != nullptr) {
                secrets_[owner] = SecretPlace{*path, field.place};
            } else {
                problems_.Add(field.place, field.name + " must be the path of a file, in quotes");
            }
            return;
        }
        if (Setting* setting = registry_.Find(field.name); setting != nullptr) {
            Assign(*setting, field.value, Spelling::kTyped, field.place);
            return;
        }
        const std::string_view section =
            std::string_view(field.name).substr(0, field.name.find('.'));
        if (registry_.FindRows(section) != nullptr) {
            problems_.Add(
                field.place,
                fmt::format("{0} is a list of rows; write [[{0}]], with two brackets", section)
            );
            return;
        }
        problems_.Add(
            field.place,
            fmt::format("{} is no setting{}", field.name, DidYouMean(field.name, registry_.Names()))
        );
    }

    void ApplyRow(const Table& row) {
        if (const Registry::Rows* rows = registry_.FindRows(row.kind()); rows != nullptr) {
            rows->target->push_back(row);
            return;
        }
        std::vector<std::string> kinds;
        for (const Registry::Rows& rows : registry_.rows())
            kinds.push_back(rows.kind);
        problems_.Add(
            row.place(),
            fmt::format("there are no rows [[{}]]{}", row.kind(), DidYouMean(row.kind(), kinds))
        );
    }

    void Assign(Setting& setting, const Value& value, Spelling spelling, const Place& place) {
        if (setting.kind == Kind::kSecret) {
            problems_.Add(
                place,
                fmt::format(
                    "a secret is never written here, where others may read it; put it into a file "
                    "and give its path as {0}_file ({1}_FILE)",
                    setting.name,
                    VariableOf(setting.name)
                )
            );
            return;
        }
        if (const auto complaint = setting.assign(value, spelling)) {
            problems_.Add(place, setting.name + " " + *complaint);
            return;
        }
        setting.place = place;
    }

    /// "admin.token" for "admin.token_file", when that is a secret; else empty.
    std::string SecretOfFileName(std::string_view name) {
        if (!name.ends_with(kFileSuffix)) return "";
        const std::string owner(name.substr(0, name.size() - kFileSuffix.size()));
        const Setting* setting = registry_.Find(owner);
        return setting != nullptr && setting->kind == Kind::kSecret ? owner : "";
    }

    void ReadSecret(
        const std::string& name,
        const std::filesystem::path& directory,
        std::vector<std::string>& warnings
    ) {
        const auto named = secrets_.find(name);
        const bool by_name = named != secrets_.end() && !named->second.path.empty();
        std::string file_name = name;
        std::replace(file_name.begin(), file_name.end(), '.', '_');
        const std::string path = by_name ? named->second.path : (directory / file_name).string();
        const Place place = by_name ? named->second.place : Place::File(path);
        Result<SecretFile> file = ReadSecretFile(path);
        if (!file) {
            if (by_name || file.error().code != ErrorCode::kNotFound) {
                problems_.Add(place, name + ": " + file.error().context);
            }
            return;
        }
        if (file->readable_by_others) {
            warnings.push_back(fmt::format(
                "{} holds the secret {} and other users can read it; run: chmod 600 {}",
                path,
                name,
                path
            ));
        }
        if (file->text.empty()) return;  // an empty file is a missing secret
        Setting& setting = *registry_.Find(name);
        setting.assign(std::move(file->text), Spelling::kText);
        setting.place = Place::File(path);
    }

    Registry& registry_;
    Problems& problems_;
    std::map<std::string, SecretPlace> secrets_;
};

void LoadFile(Loader& loader, const Sources& sources, Problems& problems) {
    if (sources.file.empty()) return;
    std::error_code ignored;
    std::ifstream file(sources.file, std::ios::binary);
    const bool plain = !std::filesystem::is_directory(sources.file, ignored);
    if (!file || !plain) {
        const int error = file ? EISDIR : errno;
        if (error == ENOENT && !sources.file_required) return;
        problems.Add(
            Place::File(sources.file),
            fmt::format("this configuration file could not be read: {}", std::strerror(error))
        );
        return;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    loader.ApplyDocument(TomlDocument::Parse(text, sources.file, problems));
}

void LoadEnvironment(Loader& loader, const Sources& sources) {
    for (const std::string& entry : sources.environment) {
        if (!entry.starts_with(kPrefix)) continue;
        const std::size_t equals = entry.find('=');
        if (equals == std::string::npos) continue;
        const std::string name = entry.substr(0, equals);
        const auto& foreign = sources.foreign_variables;
        if (std::find(foreign.begin(), foreign.end(), name) != foreign.end()) continue;
        loader.ApplyVariable(name, entry.substr(equals + 1));
    }
}

}  // namespace

Loaded Load(Registry& registry, const Sources& sources) {
    Loaded loaded;
    Loader loader(registry, loaded.problems);
    LoadFile(loader, sources, loaded.problems);
    LoadEnvironment(loader, sources);
    for (const Flag& flag : sources.flags)
        loader.ApplyFlag(flag);
    loader.ReadSecrets(sources.secrets_directory, loaded.warnings);
    return loaded;
}

void ApplyText(
    Registry& registry, std::string_view text, const std::string& file, Problems& problems
) {
    Loader loader(registry, problems);
    loader.ApplyDocument(TomlDocument::Parse(text, file, problems));
}

std::vector<Flag> ReadFlags(
    Registry& registry, const std::vector<std::string>& words, Problems& problems
) {
    std::vector<Flag> flags;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!word.starts_with("--") || word.size() == 2) {
            problems.Add(
                Place::Variable(word), "was not expected here; a setting is written --name=value"
            );
            continue;
        }
        Flag flag{word.substr(2, word.find('=') - 2), std::nullopt};
        const Setting* setting = registry.Find(flag.name);
        const bool is_switch = setting != nullptr && setting->kind == Kind::kSwitch;
        const bool next_is_value =
            i + 1 < words.size() && (is_switch ? words[i + 1] == "true" || words[i + 1] == "false"
                                               : !words[i + 1].starts_with("--"));
        if (const std::size_t equals = word.find('='); equals != std::string::npos) {
            flag.value = word.substr(equals + 1);
        } else if (next_is_value) {
            flag.value = words[++i];
        } else if (setting != nullptr && !is_switch) {
            problems.Add(
                Place::Flag(flag.name), "a value is missing; write --" + flag.name + "=value"
            );
            continue;
        }
        flags.push_back(std::move(flag));
    }
    return flags;
}

std::vector<std::string> ProcessEnvironment() {
    std::vector<std::string> entries;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        entries.emplace_back(*entry);
    return entries;
}

}  // namespace flux::config

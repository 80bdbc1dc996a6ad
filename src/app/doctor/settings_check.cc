#include "app/doctor/settings_check.h"

#include "net/tls_context.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace flux::app::doctor {
namespace {

/// "what is wrong; run: what to do".
Finding FromWarning(const std::string& warning) {
    constexpr std::string_view kThen = "; run: ";
    const std::size_t then = warning.find(kThen);
    if (then == std::string::npos) return Warning("settings", warning, {});
    return Warning("settings", warning.substr(0, then), warning.substr(then + kThen.size()));
}

/// A key of Flux: it must be readable, by Flux alone.
void CheckKeyFile(Findings& findings, const std::string& setting, const std::string& path) {
    if (path.empty()) return;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || ::access(path.c_str(), R_OK) != 0) {
        findings.push_back(Wrong(
            setting,
            fmt::format("the file {} cannot be read: {}", path, std::strerror(errno)),
            fmt::format("correct {}, or let the user that runs Flux read that file", setting)
        ));
        return;
    }
    if ((status.st_mode & S_IROTH) == 0) return;
    findings.push_back(
        Warning(setting, fmt::format("every user can read the key {}", path), "chmod 600 " + path)
    );
}

void CheckWebCertificate(Findings& findings, const HttpSettings& http) {
    if (http.tls_cert_file.empty()) return;
    const auto loaded = net::TlsContext::Load(http.tls_cert_file, http.tls_key_file);
    if (!loaded) {
        findings.push_back(Wrong(
            "http.tls_cert_file",
            loaded.error().context,
            "correct http.tls_cert_file and http.tls_key_file"
        ));
        return;
    }
    CheckKeyFile(findings, "http.tls_key_file", http.tls_key_file);
}

}  // namespace

Findings CheckSettings(const Examination& examination) {
    const Configuration& configuration = examination.configuration;
    Findings findings;
    for (const std::string& warning : configuration.warnings)
        findings.push_back(FromWarning(warning));
    const bus::KafkaSecurity& security = examination.settings().kafka.security;
    CheckWebCertificate(findings, examination.settings().http);
    CheckKeyFile(findings, "kafka.key_file", security.key_file);
    findings.push_back(
        Ok("settings",
           configuration.file.empty()
               ? "no flux.toml here, so the defaults are in force, and what flags and variables say"
               : fmt::format("{} was read, and nothing in it is wrong", configuration.file))
    );
    return findings;
}

}  // namespace flux::app::doctor

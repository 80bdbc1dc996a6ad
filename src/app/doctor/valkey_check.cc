#include "app/doctor/valkey_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flux::app::doctor {
namespace {

constexpr Milliseconds kServerTime{3'000};

/// What is in the way, and what to do about it.
struct Explanation {
    std::string text;
    std::string remedy;
};

Explanation ExplainTls(const ValkeyServerFacts& server) {
    switch (server.trouble) {
        case ValkeyTrouble::kOwnFile:
            return {"valkey.ca_file could not be used: " + server.reason, "correct valkey.ca_file"};
        case ValkeyTrouble::kNotBelieved:
            return {
                fmt::format("its certificate is not believed ({})", server.reason),
                "let valkey.ca_file name the authority that signed it, and valkey.address the name "
                "it was made for"};
        default:
            return {
                fmt::format("TLS fails there ({})", server.reason),
                "if that port of Valkey speaks without TLS, set valkey.tls to false"};
    }
}

Explanation Explain(const ValkeyServerFacts& server) {
    switch (server.trouble) {
        case ValkeyTrouble::kNoSuchName:
            return {
                fmt::format("its name could not be looked up ({})", server.reason),
                "correct valkey.address, or make the name known (DNS, /etc/hosts)"};
        case ValkeyTrouble::kNotReached:
            return {
                fmt::format("nothing could be reached there ({})", server.reason),
                "start Valkey there, correct valkey.address, or let the firewall pass; `./dev "
                "services up` starts one for development"};
        case ValkeyTrouble::kSilent:
            return {
                "it takes connections and says nothing: it hangs, speaks TLS, or is no Valkey",
                "look at Valkey's own log there; set valkey.tls if that port speaks TLS"};
        case ValkeyTrouble::kHungUp:
            return {
                fmt::format("it closes the connection at the first question ({})", server.reason),
                "set valkey.tls if that port speaks TLS; Valkey's own log says why"};
        case ValkeyTrouble::kLoginRefused:
            return {
                fmt::format("it refuses the login ({})", server.reason),
                "correct valkey.user and the password in valkey.password_file"};
        case ValkeyTrouble::kLoginWanted:
            return {
                "it asks for a login, and Flux has none",
                "set valkey.user and valkey.password_file"};
        case ValkeyTrouble::kNotValkey:
            return {
                fmt::format("it is no Valkey and no Redis ({})", server.reason),
                "correct the port in valkey.address"};
        default:
            return ExplainTls(server);
    }
}

Finding JudgeMemory(const std::string& check, std::string_view info) {
    const std::string_view most = InfoField(info, "maxmemory");
    const std::string_view policy = InfoField(info, "maxmemory_policy");
    if (!most.empty() && most != "0" && policy == "noeviction") {
        return Warning(
            check,
            fmt::format(
                "at {} bytes it refuses writes (maxmemory-policy noeviction), and the cache stands "
                "still",
                most
            ),
            "set maxmemory-policy to allkeys-lru, unless others keep there what must not go"
        );
    }
    return Ok(
        check, "it makes room, or has no limit of its own (every key of Flux ends by itself)"
    );
}

}  // namespace

Findings JudgeValkey(const ValkeyServerFacts& server, const std::string& address) {
    const std::string check = "valkey " + address;
    if (server.trouble != ValkeyTrouble::kNone) {
        Explanation why = Explain(server);
        if (server.trouble == ValkeyTrouble::kOwnFile)
            return {Wrong(check, std::move(why.text), std::move(why.remedy))};
        why.text += "; Flux runs without it, slower at a start";
        return {Warning(check, std::move(why.text), std::move(why.remedy))};
    }
    Findings found;
    std::string_view version;
    std::string_view name = "Valkey";
    if (server.info) version = InfoField(*server.info, "valkey_version");
    if (server.info && version.empty()) {
        version = InfoField(*server.info, "redis_version");
        name = "Redis";
    }
    found.push_back(
        Ok(check,
           version.empty() ? std::string("answers; it does not tell its version to this login")
                           : fmt::format("answers: {} {}", name, version))
    );
    if (server.refused.empty()) {
        found.push_back(Ok("valkey permissions", "all that the cache needs"));
    } else {
        found.push_back(Warning(
            "valkey permissions",
            fmt::format("the cache cannot work: {}", fmt::join(server.refused, "; ")),
            "give the user of valkey.user +ping +get +getrange +set +del +eval on all keys (ACL "
            "SETUSER), or let "
            "valkey.address name the primary"
        ));
    }
    if (server.info) found.push_back(JudgeMemory("valkey memory", *server.info));
    return found;
}

Findings CheckValkey(const Examination& examination) {
    const Settings& settings = examination.settings();
    if (settings.valkey.host.empty()) {
        return {
            Ok("cache", "inside the process; no Valkey is configured (valkey.address, --valkey)")};
    }
    const SteadyTime until = examination.clock.Now() + kServerTime;
    return JudgeValkey(AskValkeyServer(settings.valkey, until), settings.valkey_address);
}

}  // namespace flux::app::doctor

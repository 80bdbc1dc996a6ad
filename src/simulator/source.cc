#include "simulator/source.h"

#include "simulator/delivery.h"

#include <array>
#include <utility>

namespace flux::simulator {
namespace {

constexpr std::string_view kPage =
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><h1>Checking your browser</h1></body></html>";
constexpr std::string_view kUnavailablePage =
    "<html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>";

}  // namespace

Source::Source(
    const World& world,
    std::string name,
    std::string prefix,
    std::vector<RateRule> rules,
    bool refused_count
)
    : world_(world),
      name_(std::move(name)),
      prefix_(std::move(prefix)),
      faults_(world.clock),
      log_(world.clock),
      limits_(world.clock, std::move(rules), refused_count) {}

Source::~Source() = default;

void Source::Handle(net::HttpConnection& connection, const net::HttpRequest& request) {
    const Ask ask{request, request.path.substr(prefix_.size()), world_.clock.WallNow()};
    log_.Add(request, ask.path);
    if (MeetsConnectionFault(connection, ask.target())) return;
    std::optional<Answer> faulty = FaultyStatus(ask.target());
    if (!faulty) faulty = FaultyPage(ask.target());
    if (faulty) return Deliver(connection, ask.target(), std::move(*faulty));
    Answer answer = AnswerTo(ask);
    if (answer.status == 200) TwistValues(ask.target(), answer);
    Deliver(connection, ask.target(), std::move(answer));
}

Answer Source::AnswerTo(const Ask& ask) {
    if (ask.request.method != net::Method::kGet) return Refusal(405, std::nullopt);
    if (std::optional<Answer> refused = Admit(ask)) return std::move(*refused);
    std::optional<std::string> recorded;
    if (world_.recorded != nullptr) recorded = world_.recorded->Next(name_, ask);
    Answer answer = recorded ? Answer::Json(200, std::move(*recorded)) : Serve(ask);
    Finish(ask, answer);
    return answer;
}

bool Source::MeetsConnectionFault(net::HttpConnection& connection, std::string_view target) {
    const bool dropped =
        faults_.Use(FaultKind::kDown, target) || faults_.Use(FaultKind::kDropConnection, target);
    if (!dropped && !faults_.Use(FaultKind::kHttpStall, target)) return false;
    log_.Faulted();
    log_.Answered(0);
    if (dropped) {
        connection.RespondScripted(ResetScript());
    } else {
        connection.OnAborted([] {});  // never answered: the client has to give up by itself
    }
    return true;
}

std::optional<Answer> Source::FaultyStatus(std::string_view target) {
    std::optional<Answer> answer;
    if (const auto fault = faults_.Take(FaultKind::kHttp429, target)) {
        answer = Refusal(429, fault->retry_after);
    } else if (faults_.Use(FaultKind::kHttp500, target)) {
        answer = Refusal(500, std::nullopt);
    } else if (const auto gone = faults_.Take(FaultKind::kHttp503, target)) {
        answer = Answer::Page(503, std::string(kUnavailablePage));
        if (gone->retry_after) {
            answer->headers.emplace_back("Retry-After", std::to_string(*gone->retry_after));
        }
    } else if (faults_.Use(FaultKind::kHttp401, target)) {
        answer = Refusal(401, std::nullopt);
    } else if (faults_.Use(FaultKind::kHttp403, target)) {
        answer = Refusal(403, std::nullopt);
    } else if (faults_.Use(FaultKind::kHttp302, target)) {
        answer = Answer::Page(302, "<a href=\"/\">Found</a>.");
        answer->headers.emplace_back("Location", "/");
    }
    if (answer) log_.Faulted();
    return answer;
}

std::optional<Answer> Source::FaultyPage(std::string_view target) {
    std::optional<Answer> answer;
    if (faults_.Use(FaultKind::kHttpHtml, target)) {
        answer = Answer::Page(200, std::string(kPage));
    } else if (faults_.Use(FaultKind::kPlainError, target)) {
        answer = Answer::Plain(500, "upstream connect error or disconnect/reset before headers");
    } else if (faults_.Use(FaultKind::kEmptyBody, target)) {
        answer = Answer::Json(200, "");
    }
    if (answer) log_.Faulted();
    return answer;
}

void Source::TwistValues(std::string_view target, Answer& answer) {
    constexpr std::array kKinds{
        FaultKind::kNulls,
        FaultKind::kMissingFields,
        FaultKind::kExponents,
        FaultKind::kInfiniteNumbers,
        FaultKind::kWrongTypes,
        FaultKind::kHtmlTexts,
        FaultKind::kHugeTexts,
        FaultKind::kBrokenRows};
    for (const FaultKind kind : kKinds) {
        if (!faults_.Use(kind, target)) continue;
        log_.Faulted();
        answer.body = Twist(answer.body, kind, shape());
    }
    if (faults_.Use(FaultKind::kTruncatedJson, target)) {
        log_.Faulted();
        answer.body.resize(answer.body.size() / 2);
    }
}

void Source::Deliver(net::HttpConnection& connection, std::string_view target, Answer answer) {
    const WallMillis now = world_.clock.WallNow();
    std::optional<net::WireScript> script;
    if (answer.status == 200 && faults_.Use(FaultKind::kGzip, target)) {
        log_.Faulted();
        answer.body = Gzip(answer.body);
        answer.headers.emplace_back("Content-Encoding", "gzip");
    }
    if (const auto late = faults_.Take(FaultKind::kSlowHeader, target)) {
        script = LateScript(answer, now, late->delay);
    } else if (const auto slow = faults_.Take(FaultKind::kSlowBody, target)) {
        script = DripScript(answer, now, slow->delay);
    } else if (faults_.Use(FaultKind::kCutBody, target)) {
        script = CutScript(answer, now);
    } else if (faults_.Use(FaultKind::kWrongLength, target)) {
        script = ShortScript(answer, now);
    }
    log_.Answered(answer.status);
    if (!script) return connection.Respond(ToResponse(std::move(answer)));
    log_.Faulted();
    connection.RespondScripted(std::move(*script));
}

}  // namespace flux::simulator

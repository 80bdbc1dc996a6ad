#include "socketio/kept_session.h"

#include "base/rank.h"
#include "limits/limits.h"

#include <algorithm>
#include <utility>

namespace flux::socketio {
namespace {

constexpr std::string_view kMagic = "F2";

/// As ids of sockets are: what comes from an archive goes to clients as it is.
bool IsSid(std::string_view sid) {
    return !sid.empty() && sid.size() <= limits::kRecoveryOffsetBytesMax &&
           std::all_of(sid.begin(), sid.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

void PutNumber(std::string& out, std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
        out += static_cast<char>(number >> shift & 0xff);
}

void PutText(std::string& out, std::string_view text) {
    PutNumber(out, text.size());
    out += text;
}

bool TakeNumber(std::string_view& in, std::uint64_t& number) {
    if (in.size() < 8) return false;
    number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number |= std::uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
    in.remove_prefix(8);
    return true;
}

bool TakeText(std::string_view& in, std::string& text) {
    std::uint64_t size = 0;
    if (!TakeNumber(in, size) || size > in.size()) return false;
    text = in.substr(0, size);
    in.remove_prefix(size);
    return true;
}

bool TakeRooms(std::string_view& in, std::vector<std::string>& rooms) {
    std::uint64_t count = 0;
    if (!TakeNumber(in, count) || count > limits::kRoomsPerSocketMax) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
        std::string room;
        if (!TakeText(in, room) || room.size() > limits::kRoomNameBytesMax) return false;
        rooms.push_back(std::move(room));
    }
    return true;
}

void PutHead(std::string& out, std::uint64_t owner, ArchivedSession::Kind kind) {
    constexpr std::string_view kLetters = "stlo";
    out += kMagic;
    PutNumber(out, owner);
    out += kLetters[static_cast<std::size_t>(kind)];
}

}  // namespace

std::size_t KeptSession::weight() const {
    std::size_t bytes = sizeof(KeptSession) + sid.capacity() + nsp.capacity() + begin.capacity() +
                        state.capacity() + rooms.capacity() * sizeof(std::string);
    for (const std::string& room : rooms)
        bytes += room.capacity();
    return bytes;
}

std::string Encode(const ArchivedSession& archived) {
    const KeptSession& session = archived.session;
    const bool whole = archived.kind == ArchivedSession::Kind::kSession;
    // A session that was too large may be smaller later.
    const bool stays = !whole && archived.kind != ArchivedSession::Kind::kTooLarge;
    std::string out = EncodeRank(session.generation + (stays ? 1 : 0));
    PutHead(out, archived.owner, archived.kind);
    if (!whole) return out;
    PutText(out, session.sid);
    PutText(out, session.nsp);
    PutText(out, session.begin);
    PutText(out, session.state);
    PutNumber(out, session.brought);
    PutNumber(out, session.rooms.size());
    for (const std::string& room : session.rooms)
        PutText(out, room);
    return out;
}

std::optional<ArchivedSession> DecodeArchived(std::string_view in) {
    if (in.size() > limits::kKeptSessionBytesMax) return std::nullopt;
    const std::optional<std::uint64_t> rank = RankOf(in);
    if (!rank) return std::nullopt;
    in.remove_prefix(kRankDigits);
    if (!in.starts_with(kMagic)) return std::nullopt;
    in.remove_prefix(kMagic.size());
    ArchivedSession archived;
    if (!TakeNumber(in, archived.owner) || in.empty()) return std::nullopt;
    const char kind = in.front();
    in.remove_prefix(1);
    const bool odd = *rank % 2 != 0;
    archived.session.generation = *rank - (odd ? 1 : 0);
    if (kind == 't' || kind == 'l') {
        archived.kind = kind == 't' ? ArchivedSession::Kind::kTaken : ArchivedSession::Kind::kLeft;
        return odd && in.empty() ? std::optional(std::move(archived)) : std::nullopt;
    }
    if (kind == 'o') {
        archived.kind = ArchivedSession::Kind::kTooLarge;
        return !odd && in.empty() ? std::optional(std::move(archived)) : std::nullopt;
    }
    KeptSession& session = archived.session;
    const bool whole = kind == 's' && !odd && TakeText(in, session.sid) && IsSid(session.sid) &&
                       TakeText(in, session.nsp) && TakeText(in, session.begin) &&
                       TakeText(in, session.state) && TakeNumber(in, session.brought) &&
                       TakeRooms(in, session.rooms);
    if (!whole || !in.empty()) return std::nullopt;
    return archived;
}

std::string TakenMark(std::uint64_t owner) {
    std::string mark;
    PutHead(mark, owner, ArchivedSession::Kind::kTaken);
    return mark;
}

std::uint64_t OffsetMark(std::string_view offset) {
    std::uint64_t mark = 0xcbf29ce484222325ULL;  // FNV-1a
    for (const char byte : offset) {
        mark ^= static_cast<unsigned char>(byte);
        mark *= 0x100000001b3ULL;
    }
    return mark == 0 ? 1 : mark;
}

}  // namespace flux::socketio

// What a connection answers by itself, before any application has seen the request.
#pragma once

#include "net/http_parser.h"

namespace flux::net {

inline constexpr HttpFault kSlowHead{
    408, "The request was given up: its head did not arrive in time.\n"};
inline constexpr HttpFault kSlowBody{
    408, "The request was given up: its body did not arrive in time.\n"};
inline constexpr HttpFault kBodyTooLarge{
    413, "The request was refused: its body is larger than this address accepts.\n"};
inline constexpr HttpFault kBlankLines{
    400, "The request was refused: it begins with empty lines.\n"};
inline constexpr HttpFault kHomeBusy{
    503,
    "The request was refused: the part of the server that holds its session is overloaded; "
    "try again in a moment.\n"};
inline constexpr HttpFault kInboundFull{
    503,
    "The request was given up: too many others of this address, or of all, have begun and not "
    "ended; try again in a moment.\n"};

}  // namespace flux::net

// The coroutine type of Flux.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace flux {

/// A coroutine that runs on the shard it was spawned on.
/// Never write a braced aggregate or a capturing lambda inside a `co_await` statement: g++ 12
/// destroys it twice. Name it on the line above; `./dev lint` refuses the inline form.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace flux

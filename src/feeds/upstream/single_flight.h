// Many who want the same wait for one who fetches it.
#pragma once

#include "runtime/task.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace flux::feeds {

/// Of all who ask for one key while a flight is under way, one flies, and all get (a copy of) what
/// it brings. `Value` is copied once per waiter. Should the one that flies be cancelled, one of
/// those who wait flies anew. Outlives the tasks that ask. Thread: its shard's. Bounded by its
/// callers.
template <typename Value>
class SingleFlight {
public:
    SingleFlight() = default;
    SingleFlight(const SingleFlight&) = delete;
    SingleFlight& operator=(const SingleFlight&) = delete;

    /// `fly` is called by the first, and owned until it ends.
    Task<Value> Do(std::string key, std::function<Task<Value>()> fly) {
        for (;;) {
            const auto found = flights_.find(key);
            if (found == flights_.end()) break;
            const std::shared_ptr<Flight> flight = found->second;
            co_await WaitFor(*flight);
            if (flight->brought) co_return *flight->brought;
        }
        const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
        const Landing landing(*this, key, std::make_shared<Flight>(executor));
        Task<Value> task = fly();
        Value value = co_await std::move(task);
        // What a cancelled task brings is no answer to those who were not cancelled.
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() == boost::asio::cancellation_type::none) {
            landing.flight->brought = value;
        }
        co_return value;
    }

    std::size_t flights() const { return flights_.size(); }

private:
    struct Flight {
        explicit Flight(const boost::asio::any_io_executor& executor)
            : landed(executor) {
            landed.expires_at(std::chrono::steady_clock::time_point::max());
        }
        boost::asio::steady_timer landed;  // cancelled then
        std::optional<Value> brought;
    };

    /// In the air while it lives, however the flight ends.
    struct Landing {
        Landing(SingleFlight& of, std::string flight_key, std::shared_ptr<Flight> its_flight)
            : flight(std::move(its_flight)),
              owner(of),
              key(std::move(flight_key)) {
            owner.flights_.emplace(key, flight);
        }
        Landing(const Landing&) = delete;
        Landing& operator=(const Landing&) = delete;
        ~Landing() {
            owner.flights_.erase(key);
            flight->landed.cancel();
        }

        std::shared_ptr<Flight> flight;
        SingleFlight& owner;
        std::string key;
    };

    /// Throws "operation aborted" when the waiting task was cancelled: there is no value to return.
    static Task<> WaitFor(Flight& flight) {
        boost::system::error_code ignored;
        co_await flight.landed.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
        );
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none) {
            throw boost::system::system_error(boost::asio::error::operation_aborted);
        }
    }

    std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace flux::feeds

// A callable that can be moved but not copied, so it may own what it captures.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace flux {

template <class Signature>
class UniqueFunction;

/// std::move_only_function of C++23, as far as Flux needs it. Empty until assigned; calling an
/// empty one is a bug.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
public:
    UniqueFunction() = default;
    UniqueFunction(std::nullptr_t) {
    }  // NOLINT(google-explicit-constructor): reads as "no function"

    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> && std::is_invocable_r_v<R, std::remove_cvref_t<F>&, Args...>)
    UniqueFunction(F&& callable
    )  // NOLINT(google-explicit-constructor): a lambda is passed where one is taken
        : held_(std::make_unique<Holder<std::remove_cvref_t<F>>>(std::forward<F>(callable))) {}

    explicit operator bool() const { return held_ != nullptr; }
    R operator()(Args... args) const { return held_->Call(std::forward<Args>(args)...); }

private:
    struct Base {
        virtual ~Base() = default;
        virtual R Call(Args... args) = 0;
    };
    template <class F>
    struct Holder final : Base {
        template <class G>
        explicit Holder(G&& callable)
            : function(std::forward<G>(callable)) {}
        R Call(Args... args) override { return function(std::forward<Args>(args)...); }
        F function;
    };
    std::unique_ptr<Base> held_;
};

}  // namespace flux

// What the thread sanitizer of clang 16 must know of librdkafka, which is built without it; linked
// into each executable that has both, in that build and no other.
//
// Its threads: the sanitizer knows pthread_create, but not C11's thrd_create, with which librdkafka
// begins them. They would crash in the first function that is watched, and what their locks order
// would look like races. An executable's own functions go before the C library's; glibc's types of
// both kinds are the same ones under two names.
//
// Its memory: whose turn it is to free what, librdkafka counts with atomics that the sanitizer
// cannot see.

#include <cerrno>
#include <memory>
#include <pthread.h>
#include <threads.h>

namespace {

static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t) && sizeof(cnd_t) >= sizeof(pthread_cond_t));

pthread_mutex_t* Of(mtx_t* mutex) {
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* Of(cnd_t* condition) {
    return reinterpret_cast<pthread_cond_t*>(condition);
}

int Answer(int error) {
    switch (error) {
        case 0:
            return thrd_success;
        case ENOMEM:
            return thrd_nomem;
        case ETIMEDOUT:
            return thrd_timedout;
        case EBUSY:
            return thrd_busy;
        default:
            return thrd_error;
    }
}

struct Begun {
    thrd_start_t function;
    void* argument;
};

void* Run(void* given) {
    const std::unique_ptr<Begun> begun(static_cast<Begun*>(given));
    return reinterpret_cast<void*>(static_cast<intptr_t>(begun->function(begun->argument)));
}

}  // namespace

extern "C" {

const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() {
    return "called_from_lib:librdkafka.so\n";
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
    auto begun = std::make_unique<Begun>(Begun{function, argument});
    const int error = pthread_create(thread, nullptr, Run, begun.get());
    if (error == 0) static_cast<void>(begun.release());
    return Answer(error);
}

int thrd_join(thrd_t thread, int* result) {
    void* returned = nullptr;
    const int error = pthread_join(thread, &returned);
    if (error == 0 && result != nullptr) {
        *result = static_cast<int>(reinterpret_cast<intptr_t>(returned));
    }
    return Answer(error);
}

int mtx_init(mtx_t* mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(
        &attributes, (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL
    );
    const int error = pthread_mutex_init(Of(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return Answer(error);
}

int mtx_lock(mtx_t* mutex) {
    return Answer(pthread_mutex_lock(Of(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
    return Answer(pthread_mutex_trylock(Of(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
    return Answer(pthread_mutex_unlock(Of(mutex)));
}
void mtx_destroy(mtx_t* mutex) {
    pthread_mutex_destroy(Of(mutex));
}

int cnd_init(cnd_t* condition) {
    return Answer(pthread_cond_init(Of(condition), nullptr));
}
int cnd_signal(cnd_t* condition) {
    return Answer(pthread_cond_signal(Of(condition)));
}
int cnd_broadcast(cnd_t* condition) {
    return Answer(pthread_cond_broadcast(Of(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return Answer(pthread_cond_wait(Of(condition), Of(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return Answer(pthread_cond_timedwait(Of(condition), Of(mutex), until));
}

void cnd_destroy(cnd_t* condition) {
    pthread_cond_destroy(Of(condition));
}

}  // extern "C"

#include "gateway/process_identity.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace flux::gateway {
namespace {

/// A child that does nothing until it is killed.
class Child {
public:
    Child()
        : pid_(::fork()) {
        if (pid_ != 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // should this test end without its destructor
        for (;;)
            ::pause();
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        Kill();
        Reap();
    }

    void Kill() const {
        if (pid_ > 0) ::kill(pid_, SIGKILL);
    }

    /// Returns when it has ended; its number stays taken until Reap.
    void AwaitItsEnd() const {
        siginfo_t info{};
        ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT), 0);
    }

    void Reap() {
        if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

    /// As it would make it itself.
    contract::GatewayClaim Claim() const {
        contract::GatewayClaim claim = ClaimOfThisProcess('a');
        claim.process = pid_;
        std::ifstream file(fmt::format("/proc/{}/stat", pid_));
        std::string text;
        std::getline(file, text);
        std::istringstream fields(text.substr(text.rfind(')') + 1));
        for (int field = 3; field <= 22; ++field)
            fields >> claim.began;
        return claim;
    }

private:
    pid_t pid_;
};

TEST(ProcessIdentity, SaysWhenThisProcessBegan) {
    const contract::GatewayClaim claim = ClaimOfThisProcess('a');
    EXPECT_EQ(claim.process, ::getpid());
    EXPECT_FALSE(claim.machine.empty());
    ASSERT_FALSE(claim.began.empty());
    EXPECT_EQ(claim.began.find_first_not_of("0123456789"), std::string::npos) << claim.began;
    EXPECT_FALSE(HasEnded(claim, claim));
}

TEST(ProcessIdentity, FollowsAProcessToItsEnd) {
    const contract::GatewayClaim self = ClaimOfThisProcess('a');
    Child child;
    const contract::GatewayClaim other = child.Claim();
    ASSERT_FALSE(other.began.empty());
    EXPECT_FALSE(HasEnded(other, self)) << "it runs";
    child.Kill();
    child.AwaitItsEnd();
    EXPECT_TRUE(HasEnded(other, self)) << "it has ended, though nobody has reaped it";
    child.Reap();
    EXPECT_TRUE(HasEnded(other, self)) << "and its number is free";
}

TEST(ProcessIdentity, ANumberThatIsAnothersByNowHasEnded) {
    const contract::GatewayClaim self = ClaimOfThisProcess('a');
    const Child child;
    contract::GatewayClaim earlier = child.Claim();
    earlier.began = "1";
    EXPECT_TRUE(HasEnded(earlier, self));
}

TEST(ProcessIdentity, OfAnotherMachineNothingIsSeen) {
    const contract::GatewayClaim self = ClaimOfThisProcess('a');
    Child child;
    contract::GatewayClaim other = child.Claim();
    child.Kill();
    child.Reap();
    other.machine = "another";
    EXPECT_FALSE(HasEnded(other, self));
    other.machine.clear();
    EXPECT_FALSE(HasEnded(other, self));
}

}  // namespace
}  // namespace flux::gateway

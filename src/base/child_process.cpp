#include "base/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/descriptor.h"

namespace heartbeat::base {
namespace {

int OpenForOutput(const std::filesystem::path& path) {
  const char* name = path.empty() ? "/dev/null" : path.c_str();
  return ::open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

int ExitCodeOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Between fork and exec, in a copy of a program of several threads: only calls that are safe in a
// signal handler. Tells why through `report` where it fails.
[[noreturn]] void BecomeChild(char* const* arguments, int in, int out, int err, pid_t parent,
                              int report) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have gone before that was set.
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(in, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
      ::dup2(err, STDERR_FILENO) >= 0) {
    ::execv(arguments[0], arguments);
  }
  const int why = errno;
  const ssize_t ignored = ::write(report, &why, sizeof why);
  static_cast<void>(ignored);  // nobody is left to tell
  ::_exit(127);
}

}  // namespace

Result<ChildProcess> ChildProcess::Start(const ChildOptions& options) {
  const auto fail = [&](const std::string& what, int why) {
    return Fail(ErrorCode::kIo, what + ": " + std::strerror(why));
  };
  const Descriptor in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor out(OpenForOutput(options.out));
  if (out.get() < 0) return fail("cannot write " + options.out.string(), errno);
  const Descriptor err(OpenForOutput(options.err));
  if (err.get() < 0) return fail("cannot write " + options.err.string(), errno);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail("cannot make a pipe", errno);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);

  std::string program = options.program.string();
  std::vector<std::string> texts = options.arguments;
  std::vector<char*> arguments = {program.data()};
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail("cannot start " + program, errno);
  if (pid == 0) {
    BecomeChild(arguments.data(), in.get(), out.get(), err.get(), parent, write_end.get());
  }
  // Here too: whoever comes first, the group is there when a signal is sent to it.
  ::setpgid(pid, pid);
  ChildProcess child(pid);
  write_end.Close();
  int why = 0;
  ssize_t got = 0;
  do {
    got = ::read(read_end.get(), &why, sizeof why);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof why) return fail("cannot start " + program, why);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_code_(other.exit_code_) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> ChildProcess::Poll() {
  if (pid_ < 0) return exit_code_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_code_ = ExitCodeOf(status);
    pid_ = -1;
  }
  return exit_code_;
}

void ChildProcess::Interrupt() {
  if (pid_ >= 0) ::kill(-pid_, SIGINT);
}

}  // namespace heartbeat::base

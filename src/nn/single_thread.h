#pragma once

// OpenMP's own interface, declared here because clang's omp.h is another package's.
extern "C" {
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}

namespace heartbeat::nn {

// While it lives, oneDNN computes on the calling thread alone; other threads are not affected.
class SingleThread {
 public:
  SingleThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~SingleThread() { omp_set_num_threads(before_); }
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int before_;
};

}  // namespace heartbeat::nn

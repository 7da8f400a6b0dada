#pragma once

// Of the OpenMP runtime that oneDNN is linked with, declared here because each compiler's <omp.h>
// belongs to its own runtime.
extern "C" {
int omp_get_max_threads();
void omp_set_num_threads(int threads);
}

namespace heartbeat::features {

// Keeps oneDNN on the calling thread: callers spread recordings over threads, not frames.
class SingleThread {
 public:
  SingleThread() { omp_set_num_threads(1); }
  ~SingleThread() { omp_set_num_threads(before_); }
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int before_ = omp_get_max_threads();
};

}  // namespace heartbeat::features

#pragma once

#include <cstddef>
#include <memory>

namespace heartbeat::nn {

// Bytes for tensors, aligned for every vector unit. All of this room's tensor memory is taken here.
class TensorBuffer {
 public:
  // Throws std::bad_alloc.
  explicit TensorBuffer(std::size_t bytes);

  [[nodiscard]] std::byte* data() const { return bytes_.get(); }

  // How many buffers this process has taken so far: for tests.
  [[nodiscard]] static std::size_t Count();

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte, Free> bytes_;
};

}  // namespace heartbeat::nn

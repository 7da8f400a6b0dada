#include "nn/tensor_buffer.h"

#include <atomic>
#include <new>

namespace heartbeat::nn {
namespace {

constexpr std::align_val_t kAlignment{64};
std::atomic<std::size_t> buffer_count = 0;

}  // namespace

TensorBuffer::TensorBuffer(std::size_t bytes)
    : bytes_(static_cast<std::byte*>(::operator new(bytes, kAlignment))) {
  buffer_count.fetch_add(1, std::memory_order_relaxed);
}

std::size_t TensorBuffer::Count() { return buffer_count.load(std::memory_order_relaxed); }

void TensorBuffer::Free::operator()(std::byte* bytes) const {
  ::operator delete(bytes, kAlignment);
}

}  // namespace heartbeat::nn

#include "nn/onnx_tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

namespace heartbeat::nn {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

constexpr std::size_t kMaxNameLength = 80;
constexpr int kMaxRank = 8;

std::unexpected<base::Error> Bad(const std::string& label, const std::string& what) {
  return Fail(ErrorCode::kInvalidModel, "Tensor " + label + " " + what);
}

// The elements of `raw`, or of `typed` where there are no raw bytes, as Out.
template <typename Stored, typename Out, typename Typed>
Result<std::vector<Out>> Elements(const std::string& raw, const Typed& typed, bool has_raw,
                                  std::size_t count, const std::string& label) {
  std::vector<Out> values(count);
  if (has_raw) {
    if (typed.size() != 0 || raw.size() != count * sizeof(Stored)) {
      return Bad(label, "holds " + std::to_string(raw.size()) + " bytes where its shape needs " +
                            std::to_string(count * sizeof(Stored)) + ".");
    }
    for (std::size_t i = 0; i < count; ++i) {
      Stored stored;
      std::memcpy(&stored, raw.data() + i * sizeof(Stored), sizeof(Stored));
      values[i] = static_cast<Out>(stored);
    }
    return values;
  }
  if (static_cast<std::size_t>(typed.size()) != count) {
    return Bad(label, "holds " + std::to_string(typed.size()) + " elements where its shape needs " +
                          std::to_string(count) + ".");
  }
  std::transform(typed.begin(), typed.end(), values.begin(),
                 [](auto value) { return static_cast<Out>(value); });
  return values;
}

}  // namespace

std::string Quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name.substr(0, kMaxNameLength)) {
    text += c >= ' ' && c <= '~' && c != '"' ? c : '?';
  }
  return text + (name.size() > kMaxNameLength ? "...\"" : "\"");
}

Result<OnnxTensor> ReadTensor(const onnx::TensorProto& proto, const std::string& label,
                              std::size_t max_elements) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    return Bad(label,
               "keeps its data in another file. Save the model as one file, with its weights "
               "inside.");
  }
  if (proto.has_segment()) return Bad(label, "is a segment of a tensor, which is not supported.");
  if (proto.dims_size() > kMaxRank) return Bad(label, "has more than 8 dimensions.");
  OnnxTensor tensor;
  tensor.shape.assign(proto.dims().begin(), proto.dims().end());
  std::size_t count = 0;
  if (std::ranges::find(tensor.shape, 0) == tensor.shape.end()) {
    const auto elements = ElementCount(tensor.shape, max_elements);
    if (!elements) {
      return Bad(label, "has the shape " + ToString(tensor.shape) +
                            ", which is negative or larger than the limit of " +
                            std::to_string(max_elements) + " elements.");
    }
    count = *elements;
  }

  const std::string& raw = proto.raw_data();
  const bool has_raw = proto.has_raw_data();
  const auto keep_integers = [&](Result<std::vector<std::int64_t>> values) -> Result<OnnxTensor> {
    if (!values) return Fail(values);
    tensor.integers = std::move(*values);
    return std::move(tensor);
  };
  switch (proto.data_type()) {
    case onnx::TensorProto::FLOAT: {
      auto values = Elements<float, float>(raw, proto.float_data(), has_raw, count, label);
      if (!values) return Fail(values);
      if (!std::ranges::all_of(*values, [](float value) { return std::isfinite(value); })) {
        return Bad(label, "holds a number that is infinite or not a number.");
      }
      tensor.is_float = true;
      tensor.floats = std::move(*values);
      return tensor;
    }
    case onnx::TensorProto::INT64:
      return keep_integers(
          Elements<std::int64_t, std::int64_t>(raw, proto.int64_data(), has_raw, count, label));
    case onnx::TensorProto::INT32:
      return keep_integers(
          Elements<std::int32_t, std::int64_t>(raw, proto.int32_data(), has_raw, count, label));
    case onnx::TensorProto::BOOL:
      return keep_integers(
          Elements<std::uint8_t, std::int64_t>(raw, proto.int32_data(), has_raw, count, label));
    default: {
      const auto type = static_cast<onnx::TensorProto::DataType>(proto.data_type());
      return Bad(label, "has the type " +
                            (onnx::TensorProto::DataType_IsValid(proto.data_type())
                                 ? onnx::TensorProto::DataType_Name(type)
                                 : std::to_string(proto.data_type())) +
                            "; only 32-bit float weights (FLOAT) are supported. Convert the model "
                            "to float32.");
    }
  }
}

}  // namespace heartbeat::nn

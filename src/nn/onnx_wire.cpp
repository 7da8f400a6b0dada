#include "nn/onnx_wire.h"

#include <cstdint>
#include <optional>
#include <string>

namespace heartbeat::nn {
namespace {

using base::ErrorCode;
using base::Fail;
using base::Result;

// A parsed part takes at most some 300 bytes: with 4096 nodes this allows about 80 MB of them.
constexpr std::size_t kPartsPerNode = 64;

enum class Message {
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kValueInfo,
  kType,
  kTensorType,
  kShape,
  kLeaf
};
enum class FieldKind { kBytes, kMessage, kRefused };
struct Field {
  FieldKind kind = FieldKind::kBytes;
  Message message = Message::kLeaf;
  const char* what = "";
};

constexpr Field Child(Message message) { return {FieldKind::kMessage, message, ""}; }
constexpr Field Refused(const char* what) { return {FieldKind::kRefused, Message::kLeaf, what}; }

// The length-delimited fields of onnx.proto that hold messages, by number.
Field FieldOf(Message message, std::uint32_t number) {
  switch (message) {
    case Message::kModel:
      if (number == 7) return Child(Message::kGraph);
      if (number == 8 || number == 14) return Child(Message::kLeaf);
      if (number == 20) return Refused("training information");
      if (number == 25) return Refused("functions of its own");
      break;
    case Message::kGraph:
      if (number == 1) return Child(Message::kNode);
      if (number == 5) return Child(Message::kTensor);
      if (number == 11 || number == 12 || number == 13) return Child(Message::kValueInfo);
      if (number == 14) return Refused("quantization annotations");
      if (number == 15) return Refused("sparse initializers");
      break;
    case Message::kNode:
      if (number == 5) return Child(Message::kAttribute);
      break;
    case Message::kAttribute:
      if (number == 5 || number == 10) return Child(Message::kTensor);
      if (number == 6 || number == 11) return Refused("subgraphs");
      if (number == 14 || number == 15) return Refused("type attributes");
      if (number == 22 || number == 23) return Refused("sparse tensors");
      break;
    case Message::kTensor:
      if (number == 3 || number == 13) return Child(Message::kLeaf);
      break;
    case Message::kValueInfo:
      if (number == 2) return Child(Message::kType);
      break;
    case Message::kType:
      if (number == 1) return Child(Message::kTensorType);
      if (number != 6) return Refused("values that are not tensors");
      break;
    case Message::kTensorType:
      if (number == 2) return Child(Message::kShape);
      break;
    case Message::kShape:
      if (number == 1) return Child(Message::kLeaf);
      break;
    case Message::kLeaf:
      break;
  }
  return {};
}

class Walker {
 public:
  explicit Walker(std::size_t max_nodes)
      : max_nodes_(max_nodes), max_parts_(max_nodes * kPartsPerNode) {}

  // Recursion is as deep as the enum has messages: no message of the table holds itself.
  Result<void> Walk(Message message, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::optional<std::uint64_t> tag = Varint(bytes);
      if (!tag || *tag > UINT32_MAX || (*tag >> 3U) == 0) return Malformed();
      const auto number = static_cast<std::uint32_t>(*tag >> 3U);
      std::uint64_t skip = 0;
      switch (*tag & 7U) {
        case 0:
          if (!Varint(bytes)) return Malformed();
          continue;
        case 1:
          skip = 8;
          break;
        case 5:
          skip = 4;
          break;
        case 2: {
          const std::optional<std::uint64_t> size = Varint(bytes);
          if (!size || *size > bytes.size()) return Malformed();
          if (auto walked = Enter(message, number, bytes.first(*size)); !walked) return walked;
          skip = *size;
          break;
        }
        default:
          return Malformed();
      }
      if (skip > bytes.size()) return Malformed();
      bytes = bytes.subspan(skip);
    }
    return {};
  }

 private:
  static std::unexpected<base::Error> Malformed() {
    return Fail(ErrorCode::kInvalidModel,
                "The model file is corrupt or cut off: its bytes are not those of an ONNX file. "
                "Export or download it again.");
  }

  static std::optional<std::uint64_t> Varint(std::span<const std::byte>& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(bytes.front());
      bytes = bytes.subspan(1);
      value |= (byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
  }

  Result<void> Enter(Message message, std::uint32_t number, std::span<const std::byte> bytes) {
    if (++parts_ > max_parts_) {
      return Fail(ErrorCode::kInvalidModel, "The model file has more than " +
                                                std::to_string(max_parts_) +
                                                " parts, which no network of this kind needs.");
    }
    const Field field = FieldOf(message, number);
    if (field.kind == FieldKind::kRefused) {
      return Fail(ErrorCode::kInvalidModel, std::string("The model has ") + field.what +
                                                ", which are not supported. Export a plain "
                                                "inference graph of dense tensors.");
    }
    if (field.kind == FieldKind::kBytes) return {};
    if (field.message == Message::kNode && ++nodes_ > max_nodes_) {
      return Fail(ErrorCode::kInvalidModel,
                  "The model has more than " + std::to_string(max_nodes_) + " nodes.");
    }
    return Walk(field.message, bytes);
  }

  std::size_t max_nodes_;
  std::size_t max_parts_;
  std::size_t nodes_ = 0;
  std::size_t parts_ = 0;
};

}  // namespace

Result<void> CheckOnnxWire(std::span<const std::byte> onnx, std::size_t max_nodes) {
  return Walker(max_nodes).Walk(Message::kModel, onnx);
}

}  // namespace heartbeat::nn

// nn_parity_models FOLDER [MODEL.onnx...]: writes models, inputs and what nn::Session makes of
// them, for tests/onnxruntime/parity.mjs to compare with ONNX Runtime.
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "nn/onnx_operators.h"
#include "nn/parity_cases.h"
#include "nn/session.h"

namespace {

using heartbeat::base::Result;
using heartbeat::nn::Session;

constexpr std::size_t kBatch = 3;  // more than one item, and not a power of two

std::string JsonList(const std::vector<std::int64_t>& shape) {
  std::string text = "[" + std::to_string(kBatch);
  for (const std::int64_t dim : shape) text += "," + std::to_string(dim);
  return text + "]";
}

Result<void> WriteFloats(const std::filesystem::path& path, const std::vector<float>& values) {
  return heartbeat::base::WriteFileAtomically(path, std::as_bytes(std::span(values)));
}

// Writes NAME.onnx, NAME.input and NAME.output0...; gives the case's line of the manifest.
Result<std::string> WriteCase(const std::filesystem::path& folder, const std::string& name,
                              std::span<const std::byte> onnx, std::uint32_t seed) {
  auto session = Session::Load(onnx);
  if (!session) return heartbeat::base::Fail(session);
  const std::vector<float> input =
      heartbeat::nn::RandomFloats(kBatch * session->input().ItemSize(), seed);
  std::vector<std::vector<float>> outputs;
  for (const auto& info : session->outputs()) outputs.emplace_back(kBatch * info.ItemSize());
  const std::vector<std::span<float>> spans(outputs.begin(), outputs.end());
  if (auto ran = session->Run(kBatch, input, spans); !ran) return heartbeat::base::Fail(ran);

  std::string line =
      "{\"name\":\"" + name + "\",\"input\":" + JsonList(session->input().shape) + ",\"outputs\":[";
  if (auto ok = heartbeat::base::WriteFileAtomically(folder / (name + ".onnx"), onnx); !ok) {
    return heartbeat::base::Fail(ok);
  }
  if (auto ok = WriteFloats(folder / (name + ".input"), input); !ok) {
    return heartbeat::base::Fail(ok);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto path = folder / (name + ".output" + std::to_string(i));
    if (auto ok = WriteFloats(path, outputs[i]); !ok) return heartbeat::base::Fail(ok);
    line += (i > 0 ? "," : "") + JsonList(session->outputs()[i].shape);
  }
  return line + "]}";
}

template <typename Strings>
std::string Quoted(const Strings& strings) {
  std::string text;
  for (const auto& string : strings) {
    text += (text.empty() ? "\"" : ",\"") + std::string(string) + "\"";
  }
  return "[" + text + "]";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: nn_parity_models FOLDER [MODEL.onnx...]\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  std::vector<std::string> lines;
  std::set<std::string> covered;
  int failures = 0;
  const auto add = [&](const std::string& name, std::span<const std::byte> onnx) {
    auto line = WriteCase(folder, name, onnx, static_cast<std::uint32_t>(lines.size()));
    if (line) {
      lines.push_back(*line);
    } else {
      ++failures;
      std::fprintf(stderr, "%s: %s\n", name.c_str(), line.error().message.c_str());
    }
  };
  for (const auto& parity_case : heartbeat::nn::MakeParityCases()) {
    covered.insert(parity_case.model.operators().begin(), parity_case.model.operators().end());
    add(parity_case.name, parity_case.model.Serialize());
  }
  for (int i = 2; i < argc; ++i) {
    const auto bytes = heartbeat::base::ReadFile(argv[i]);
    if (!bytes) {
      std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
      return 1;
    }
    add("model_" + std::to_string(i - 1), *bytes);
  }
  std::vector<std::string_view> supported;
  for (const auto& [name, importer] : heartbeat::nn::Importers()) supported.push_back(name);
  std::string manifest =
      "{\"supported\":" + Quoted(supported) + ",\"covered\":" + Quoted(covered) + ",\"cases\":[\n";
  for (std::size_t i = 0; i < lines.size(); ++i) manifest += (i > 0 ? ",\n" : "") + lines[i];
  manifest += "]}\n";
  if (auto ok = heartbeat::base::WriteFileAtomically(folder / "manifest.json", manifest); !ok) {
    std::fprintf(stderr, "%s\n", ok.error().message.c_str());
    return 1;
  }
  return failures == 0 ? 0 : 1;
}

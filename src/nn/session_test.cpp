#include "nn/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "nn/tensor_buffer.h"
#include "nn/test_models.h"

namespace heartbeat::nn {
namespace {

using base::ErrorCode;
using testing::ElementsAre;

// Small enough to be quick, with every kind of layer of the real one.
constexpr std::int64_t kMels = 32;
constexpr std::int64_t kFrames = 41;

Session LoadOrDie(std::span<const std::byte> onnx) {
  auto session = Session::Load(onnx);
  if (!session) throw std::runtime_error(session.error().message);
  return std::move(*session);
}

std::vector<float> RunOne(const Session& session, std::size_t batch, std::span<const float> input) {
  std::vector<float> output(batch * session.outputs()[0].ItemSize());
  const std::vector<std::span<float>> outputs = {output};
  const auto ran = session.Run(batch, input, outputs);
  EXPECT_TRUE(ran) << ran.error().message;
  return output;
}

TEST(Session, ComputesAnExampleDoneByHand) {
  TestModel model({1, 2, 3});
  // Each output is the sum of a 2 x 2 square, times 2, minus 20, not below 0.
  const std::string sum =
      model.Op("Conv", {"x", model.Floats({1, 1, 2, 2}, {1, 1, 1, 1}), model.Floats({1}, {-10})});
  const std::string scaled = model.Op("BatchNormalization",
                                      {sum, model.Floats({1}, {2}), model.Floats({1}, {0}),
                                       model.Floats({1}, {0}), model.Floats({1}, {1})},
                                      {{"epsilon", 0.F}});
  const std::string y = model.Op("Relu", {scaled});
  model.Output(y, {1, 1, 2});
  const Session session = LoadOrDie(model.Serialize());
  const std::vector<float> input = {1, 2, 3, 4, 5, 6, /**/ 0, 0, 0, 0, 0, 0};
  // Small integers: exact in floating point.
  EXPECT_THAT(RunOne(session, 2, input), ElementsAre(4.F, 12.F, 0.F, 0.F));
  EXPECT_EQ(session.MultiplyAccumulates(), 8U);
  EXPECT_EQ(session.ParameterCount(), 9U);
}

TEST(Session, DescribesTheModel) {
  TestModel model({3, 8, 9});
  const std::string a = model.Op("GlobalMaxPool", {"x"});
  const std::string b = model.Op("Flatten", {a});
  model.Output(a, {3, 1, 1});
  model.Output(b, {3});
  model.builder().SetMetadata("name", "pools");
  const Session session = LoadOrDie(model.Serialize());
  EXPECT_EQ(session.input().name, "x");
  EXPECT_THAT(session.input().shape, ElementsAre(3, 8, 9));
  EXPECT_EQ(session.input().ItemSize(), 216U);
  ASSERT_EQ(session.outputs().size(), 2U);
  EXPECT_EQ(session.outputs()[0].name, a);
  EXPECT_THAT(session.outputs()[0].shape, ElementsAre(3, 1, 1));
  EXPECT_THAT(session.outputs()[1].shape, ElementsAre(3));
  EXPECT_EQ(session.metadata().at("name"), "pools");

  const std::vector<float> input = RandomFloats(216, 1);
  std::vector<float> first(3);
  std::vector<float> second(3);
  const std::vector<std::span<float>> outputs = {first, second};
  ASSERT_TRUE(session.Run(1, input, outputs));
  EXPECT_EQ(first, second);
  EXPECT_EQ(first[0], *std::max_element(input.begin(), input.begin() + 72));
}

TEST(Session, CountsOnlyWeightsThatAreUsed) {
  TestModel model({4});
  const std::string weights = model.Weights({4, 2});
  model.Op("MatMul", {"x", model.Weights({4, 100})});
  model.Output(model.Op("MatMul", {"x", weights}), {2});
  const Session session = LoadOrDie(model.Serialize());
  EXPECT_EQ(session.ParameterCount(), 8U);
  EXPECT_EQ(session.MultiplyAccumulates(), 8U);
}

TEST(Session, TheInputMayBeAnOutput) {
  TestModel model({2, 2});
  model.Output(model.Op("Identity", {"x"}), {2, 2});
  const Session session = LoadOrDie(model.Serialize());
  const std::vector<float> input = {1, 2, 3, 4};
  EXPECT_EQ(RunOne(session, 1, input), input);
}

TEST(Session, AnItemsResultDoesNotDependOnItsBatch) {
  const Session session = LoadOrDie(MakeHeartNetwork(kMels, kFrames).Serialize());
  constexpr std::size_t kItems = 5;
  const std::size_t size = session.input().ItemSize();
  const std::vector<float> input = RandomFloats(kItems * size, 7);
  const std::vector<float> together = RunOne(session, kItems, input);
  for (std::size_t i = 0; i < kItems; ++i) {
    const std::vector<float> alone = RunOne(session, 1, std::span(input).subspan(i * size, size));
    EXPECT_TRUE(std::isfinite(alone[0]));
    EXPECT_EQ(alone[0], together[i]) << "item " << i;  // the header promises the very bits
    if (i > 0) {
      EXPECT_NE(together[i], together[0]);
    }
  }
}

TEST(Session, DoesNotRememberEarlierInputs) {
  const Session session = LoadOrDie(MakeHeartNetwork(kMels, kFrames).Serialize());
  const std::vector<float> input = RandomFloats(session.input().ItemSize(), 3);
  const std::vector<float> first = RunOne(session, 1, input);
  // Infinities would stay in any buffer that is read before it is written.
  RunOne(session, 1, std::vector<float>(input.size(), INFINITY));
  EXPECT_EQ(RunOne(session, 1, input), first);
}

TEST(Session, LeavesTheCallersInputAlone) {
  TestModel model({4, 4});
  model.Output(model.Op("Relu", {model.Op("Tanh", {"x"})}), {4, 4});
  const Session session = LoadOrDie(model.Serialize());
  const std::vector<float> input = RandomFloats(16, 5);
  RunOne(session, 1, input);
  EXPECT_EQ(input, RandomFloats(16, 5));
}

TEST(Session, ManyThreadsGetTheSameResults) {
  const Session session = LoadOrDie(MakeHeartNetwork(kMels, kFrames).Serialize());
  const std::vector<float> a = RandomFloats(session.input().ItemSize(), 1);
  const std::vector<float> b = RandomFloats(session.input().ItemSize(), 2);
  const std::vector<float> expected_a = RunOne(session, 1, a);
  const std::vector<float> expected_b = RunOne(session, 1, b);
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(RunOne(session, 1, a), expected_a);
        EXPECT_EQ(RunOne(session, 1, b), expected_b);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Session, TakesNoTensorMemoryOnceWarm) {
  const Session session = LoadOrDie(MakeHeartNetwork(kMels, kFrames).Serialize());
  const std::vector<float> input = RandomFloats(9 * session.input().ItemSize(), 1);
  const std::size_t before = TensorBuffer::Count();
  RunOne(session, 1, std::span(input).first(session.input().ItemSize()));
  const std::size_t warm = TensorBuffer::Count();
  EXPECT_GT(warm, before) << "the counter counts nothing";
  for (int i = 0; i < 20; ++i) RunOne(session, 9, input);
  EXPECT_EQ(TensorBuffer::Count(), warm);
  // Two threads need at most one arena more, however often they run.
  std::thread other([&] {
    for (int i = 0; i < 20; ++i) RunOne(session, 9, input);
  });
  for (int i = 0; i < 20; ++i) RunOne(session, 9, input);
  other.join();
  EXPECT_LE(TensorBuffer::Count(), warm + 1);
}

TEST(Session, RunRefusesSizesThatDoNotFit) {
  TestModel model({4});
  model.Output(model.Op("Relu", {"x"}), {4});
  const Session session = LoadOrDie(model.Serialize());
  std::vector<float> input(8);
  std::vector<float> output(8);
  const std::vector<std::span<float>> good = {output};
  EXPECT_TRUE(session.Run(2, input, good));
  const std::vector<std::span<float>> small = {std::span(output).first(7)};
  const std::vector<std::span<float>> two = {output, output};
  const std::size_t huge = std::size_t{1} << 62U;  // times 4 overflows to 0
  const std::pair<std::size_t, std::span<const std::span<float>>> bad[] = {
      {0, good}, {1, good}, {3, good}, {huge, good}, {2, small}, {2, two}, {2, {}}};
  for (const auto& [batch, outputs] : bad) {
    const auto ran = session.Run(batch, input, outputs);
    ASSERT_FALSE(ran) << batch;
    EXPECT_EQ(ran.error().code, ErrorCode::kInvalidArgument);
  }
  const auto empty = session.Run(huge, {}, good);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, ErrorCode::kInvalidArgument);
}

TEST(Session, LoadsAFileAndRefusesOneThatIsTooLarge) {
  TestModel model({4});
  model.Output(model.Op("Relu", {"x"}), {4});
  const std::vector<std::byte> bytes = model.Serialize();
  const auto path = std::filesystem::path(testing::TempDir()) / "session_test_model.onnx";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(Session::LoadFile(path));
  LoadLimits limits;
  limits.max_file_bytes = bytes.size() - 1;
  const auto large = Session::LoadFile(path, limits);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kBodyTooLarge);
  const auto in_memory = Session::Load(bytes, limits);
  ASSERT_FALSE(in_memory);
  EXPECT_EQ(in_memory.error().code, ErrorCode::kInvalidModel);
  std::filesystem::remove(path);
  const auto missing = Session::LoadFile(path);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

// A small model with most kinds of layer, to be damaged.
std::vector<std::byte> MakeVictim() {
  TestModel model({2, 6, 7});
  const std::string y = model.Op("HardSwish", {model.ConvBn("x", 2, 4, 3, 2, 1)});
  std::string z = model.Op("Add", {y, model.ConvBn(y, 4, 4, 3, 1, 4)});
  z = model.Op("Pad", {z, model.Integers({0, 0, 1, 0, 0, 0, 0, 1})});
  z = model.Op("MaxPool", {z}, {{"kernel_shape", TestModel::Shape{2, 2}}});
  z = model.Op("Transpose", {z}, {{"perm", TestModel::Shape{0, 2, 1, 3}}});
  z = model.Op("ReduceMean", {z}, {{"axes", TestModel::Shape{3}}});
  z = model.Op("Concat",
               {model.Op("Flatten", {z}), model.Op("Reshape", {z, model.Integers({0, -1})})},
               {{"axis", std::int64_t{1}}});
  z = model.Op("Gemm", {z, model.Weights({24, 2}), model.Weights({2})});
  model.Output(z, {2});
  return model.Serialize();
}

// Whatever the bytes, the answer is a session that runs, or a sentence.
void ExpectSessionOrSentence(std::span<const std::byte> onnx, const std::string& what) {
  LoadLimits limits;
  limits.max_file_bytes = 1U << 20U;
  limits.max_tensor_elements = 1U << 16U;
  limits.max_nodes = 64;
  const auto session = Session::Load(onnx, limits);
  if (!session) {
    EXPECT_EQ(session.error().code, ErrorCode::kInvalidModel) << what;
    EXPECT_GT(session.error().message.size(), 10U) << what;
    return;
  }
  std::vector<std::vector<float>> values;
  for (const TensorInfo& info : session->outputs()) values.emplace_back(info.ItemSize());
  const std::vector<std::span<float>> outputs(values.begin(), values.end());
  EXPECT_TRUE(session->Run(1, std::vector<float>(session->input().ItemSize()), outputs)) << what;
}

TEST(Session, NoTruncationCrashes) {
  const std::vector<std::byte> onnx = MakeVictim();
  ASSERT_TRUE(Session::Load(onnx));
  std::size_t refused = 0;
  for (std::size_t size = 0; size < onnx.size(); ++size) {
    ExpectSessionOrSentence(std::span(onnx).first(size), "cut to " + std::to_string(size));
    refused += Session::Load(std::span(onnx).first(size)) ? 0U : 1U;
  }
  // At the end only metadata and the opset follow the graph; without the opset nothing loads.
  EXPECT_EQ(refused, onnx.size());
}

TEST(Session, NoFlippedBitCrashes) {
  const std::vector<std::byte> onnx = MakeVictim();
  for (std::size_t offset = 0; offset < onnx.size(); ++offset) {
    std::vector<std::byte> flipped = onnx;
    flipped[offset] ^= std::byte{1} << (offset * 5 % 8);
    ExpectSessionOrSentence(flipped, "bit flipped at " + std::to_string(offset));
  }
}

TEST(Session, NoRandomDamageCrashes) {
  const std::vector<std::byte> onnx = MakeVictim();
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::byte> damaged = onnx;
    for (int i = 0; i < 4; ++i) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random() & 0xFFU);
    }
    ExpectSessionOrSentence(damaged, "round " + std::to_string(round));
  }
}

}  // namespace
}  // namespace heartbeat::nn

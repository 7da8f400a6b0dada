#include "nn/parity_cases.h"

#include <functional>
#include <utility>

namespace heartbeat::nn {
namespace {

using Shape = TestModel::Shape;
using Attributes = TestModel::Attributes;
using Cases = std::vector<ParityCase>;
// Adds nodes to the model and gives the name of the result.
using Body = std::function<std::string(TestModel&)>;

constexpr std::int64_t kOne = 1;

void Case(Cases& cases, const std::string& name, const Shape& in, const Shape& out,
          const Body& body, int opset = 17) {
  TestModel model(in, opset, static_cast<std::uint32_t>(cases.size() + 1));
  model.Output(body(model), out);
  cases.push_back({name, std::move(model)});
}

void ConvCase(Cases& cases, const std::string& name, const Shape& in, const Shape& weights,
              const Shape& out, const Attributes& attributes, bool bias = true) {
  Case(cases, "conv_" + name, in, out, [&](TestModel& m) {
    std::vector<std::string> inputs = {"x", m.Weights(weights)};
    if (bias) inputs.push_back(m.Weights({weights[0]}));
    return m.Op("Conv", inputs, attributes);
  });
}

void AddConvolutions(Cases& cases) {
  ConvCase(cases, "plain", {3, 9, 11}, {5, 3, 3, 3}, {5, 7, 9}, {});
  ConvCase(cases, "no_bias", {3, 9, 11}, {5, 3, 1, 1}, {5, 9, 11}, {}, false);
  ConvCase(cases, "one_channel", {1, 16, 21}, {24, 1, 3, 3}, {24, 8, 11},
           {{"strides", Shape{2, 2}}, {"pads", Shape{1, 1, 1, 1}}});
  ConvCase(cases, "blocked", {32, 9, 11}, {48, 32, 3, 3}, {48, 9, 11},
           {{"pads", Shape{1, 1, 1, 1}}, {"kernel_shape", Shape{3, 3}}});
  ConvCase(cases, "uneven_pads", {4, 9, 11}, {6, 4, 3, 5}, {6, 9, 10},
           {{"pads", Shape{0, 3, 2, 0}}});
  ConvCase(cases, "strided", {4, 9, 11}, {6, 4, 3, 3}, {6, 4, 3},
           {{"strides", Shape{2, 3}}, {"pads", Shape{0, 0, 1, 0}}});
  ConvCase(cases, "dilated", {8, 15, 17}, {8, 8, 3, 3}, {8, 11, 11}, {{"dilations", Shape{2, 3}}});
  ConvCase(cases, "grouped", {8, 9, 11}, {12, 4, 3, 3}, {12, 7, 9}, {{"group", std::int64_t{2}}});
  ConvCase(cases, "depthwise", {20, 9, 11}, {20, 1, 5, 5}, {20, 9, 11},
           {{"group", std::int64_t{20}}, {"pads", Shape{2, 2, 2, 2}}});
  ConvCase(cases, "depthwise_times_two", {6, 9, 11}, {12, 1, 3, 3}, {12, 5, 6},
           {{"group", std::int64_t{6}}, {"strides", Shape{2, 2}}, {"pads", Shape{1, 1, 1, 1}}});
  ConvCase(cases, "same_upper", {4, 9, 12}, {6, 4, 4, 3}, {6, 5, 6},
           {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Shape{2, 2}}});
  ConvCase(cases, "same_lower", {4, 9, 12}, {6, 4, 4, 3}, {6, 5, 6},
           {{"auto_pad", std::string("SAME_LOWER")}, {"strides", Shape{2, 2}}});
  ConvCase(cases, "valid", {4, 9, 12}, {6, 4, 4, 3}, {6, 6, 10},
           {{"auto_pad", std::string("VALID")}});
  ConvCase(cases, "pads_as_large_as_kernel", {4, 5, 6}, {6, 4, 1, 2}, {6, 9, 9},
           {{"pads", Shape{2, 1, 2, 3}}});
  ConvCase(cases, "1d", {4, 50}, {6, 4, 5}, {6, 23},
           {{"strides", Shape{2}}, {"kernel_shape", Shape{5}}});
  ConvCase(cases, "1d_depthwise_dilated", {16, 50}, {16, 1, 3}, {16, 50},
           {{"group", std::int64_t{16}}, {"dilations", Shape{4}}, {"pads", Shape{4, 4}}});
  ConvCase(cases, "1d_same", {3, 25}, {5, 3, 4}, {5, 9},
           {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Shape{3}}});
}

void AddFusions(Cases& cases) {
  const std::vector<std::pair<std::string, Body>> activations = {
      {"relu", [](TestModel& m) { return m.Op("Relu", {m.ConvBn("x", 3, 20, 3, 1, 1)}); }},
      {"hard_swish",
       [](TestModel& m) { return m.Op("HardSwish", {m.ConvBn("x", 3, 20, 3, 1, 1)}); }},
      {"sigmoid", [](TestModel& m) { return m.Op("Sigmoid", {m.ConvBn("x", 3, 20, 3, 1, 1)}); }},
      {"silu",
       [](TestModel& m) {
         const std::string y = m.ConvBn("x", 3, 20, 3, 1, 1);
         return m.Op("Mul", {m.Op("Sigmoid", {y}), y});
       }},
      {"relu6",
       [](TestModel& m) {
         return m.Op("Clip",
                     {m.ConvBn("x", 3, 20, 3, 1, 1), m.Floats({}, {0.F}), m.Floats({}, {6.F})});
       }},
      {"hard_swish_in_parts",
       [](TestModel& m) {
         const std::string y = m.ConvBn("x", 3, 20, 3, 1, 1);
         const std::string gate = m.Op("Clip", {m.Op("Add", {y, m.Floats({}, {3.F})}),
                                                m.Floats({}, {0.F}), m.Floats({}, {6.F})});
         return m.Op("Div", {m.Op("Mul", {y, gate}), m.Floats({}, {6.F})});
       }},
      {"hard_swish_by_gate",
       [](TestModel& m) {
         const std::string y = m.ConvBn("x", 3, 20, 3, 1, 1);
         return m.Op("Mul", {y, m.Op("HardSigmoid", {y}, {{"alpha", 1.F / 6.F}, {"beta", 0.5F}})});
       }},
      {"residual_relu",
       [](TestModel& m) {
         const std::string y = m.Op("Relu", {m.ConvBn("x", 3, 20, 3, 1, 1)});
         const std::string z = m.ConvBn(m.ConvBn(y, 20, 20, 3, 1, 20), 20, 20, 1, 1, 1);
         return m.Op("Relu", {m.Op("Add", {y, z})});
       }},
      {"residual_after_relu",
       [](TestModel& m) {
         const std::string y = m.Op("Relu", {m.ConvBn("x", 3, 20, 3, 1, 1)});
         const std::string z =
             m.Op("Relu", {m.ConvBn(m.ConvBn(y, 20, 20, 3, 1, 20), 20, 20, 1, 1, 1)});
         return m.Op("Tanh", {m.Op("Add", {z, y})});
       }},
      {"residual_after_relu_still_needed",
       [](TestModel& m) {
         const std::string y = m.Op("Relu", {m.ConvBn("x", 3, 20, 3, 1, 1)});
         const std::string z = m.Op("Add", {y, m.Op("Relu", {m.ConvBn(y, 20, 20, 3, 1, 1)})});
         return m.Op("Mul", {m.Op("Relu", {z}), y});
       }},
      // The value that is added is read again later, so that it may not be added to in place.
      {"residual_still_needed",
       [](TestModel& m) {
         const std::string y = m.Op("Relu", {m.ConvBn("x", 3, 20, 3, 1, 1)});
         const std::string z = m.Op("Add", {m.ConvBn(y, 20, 20, 3, 1, 1), y});
         return m.Op("Mul", {m.Op("Relu", {z}), y});
       }},
      {"residual_of_two_convolutions",
       [](TestModel& m) {
         return m.Op("Add", {m.ConvBn("x", 3, 20, 3, 1, 1), m.ConvBn("x", 3, 20, 1, 1, 1)});
       }},
      {"convolution_read_twice",
       [](TestModel& m) {
         const std::string y = m.ConvBn("x", 3, 20, 3, 1, 1);
         return m.Op("Sub", {m.Op("Relu", {y}), m.Op("Tanh", {y})});
       }},
      {"constants_after",
       [](TestModel& m) {
         const std::string y = m.Op("Conv", {"x", m.Weights({20, 3, 1, 1})});
         const std::string z = m.Op("Mul", {y, m.Weights({1, 20, 1, 1})});
         return m.Op("Add", {m.Weights({20, 1, 1}), z});
       }},
      {"squeeze_and_excitation",
       [](TestModel& m) {
         const std::string y = m.ConvBn("x", 3, 20, 3, 1, 1);
         const std::string gate =
             m.Op("Sigmoid", {m.ConvBn(m.Op("GlobalAveragePool", {y}), 20, 20, 1, 1, 1)});
         return m.Op("Mul", {gate, y});
       }},
  };
  for (const auto& [name, body] : activations) {
    Case(cases, "fused_" + name, {3, 9, 11}, {20, 9, 11}, body);
  }
  Case(cases, "fused_pad_conv", {3, 9, 11}, {5, 10, 12}, [](TestModel& m) {
    const std::string y = m.Op("Pad", {"x", m.Integers({0, 0, 1, 2, 0, 0, 2, 1})});
    return m.Op("Conv", {y, m.Weights({5, 3, 3, 3})});
  });
  Case(cases, "fused_dense", {12}, {7}, [](TestModel& m) {
    const std::string y = m.Op("MatMul", {"x", m.Weights({12, 7})});
    const std::string z = m.Op("Add", {y, m.Weights({7})});
    return m.Op("Relu", {m.Op("BatchNormalization", {z, m.Weights({7}), m.Weights({7}),
                                                     m.Weights({7}), m.Weights({7}, 0.5F, 1.F)})});
  });
}

// 20 channels fill no whole number of oneDNN's blocks of 8 or 16; a pool before and after keeps the
// operator from being joined with a convolution.
void AddBlocked(Cases& cases) {
  const auto pool = [](TestModel& m, const std::string& y) {
    return m.Op("MaxPool", {y}, {{"kernel_shape", Shape{3, 3}}, {"pads", Shape{1, 1, 1, 1}}});
  };
  const auto blocked = [&](const std::string& name,
                           const std::function<std::string(TestModel&, std::string)>& body,
                           const Shape& out = {20, 9, 11}) {
    Case(cases, "blocked_" + name, {3, 9, 11}, out,
         [&](TestModel& m) { return pool(m, body(m, pool(m, m.ConvBn("x", 3, 20, 3, 1, 1)))); });
  };
  for (const char* type : {"Relu", "HardSwish", "HardSigmoid", "LeakyRelu", "Sigmoid", "Tanh"}) {
    blocked(type, [&](TestModel& m, const std::string& y) { return m.Op(type, {y}); });
  }
  for (const char* type : {"Add", "Sub", "Mul", "Div"}) {
    const std::string name = type;
    const auto with = [&](const std::string& suffix, const Shape& shape) {
      blocked(name + suffix, [&](TestModel& m, const std::string& y) {
        return m.Op("Tanh", {m.Op(type, {y, m.Weights(shape, 0.5F, 2.F)})});
      });
    };
    with("_channel", {20, 1, 1});
    with("_row", {11});
    with("_whole", {20, 9, 11});
    blocked(name + "_activated", [&](TestModel& m, const std::string& y) {
      return m.Op("Relu", {m.Op(type, {y, m.Op("Clip", {pool(m, y), m.Floats({}, {0.5F})})})});
    });
    blocked(name + "_gate", [&](TestModel& m, const std::string& y) {
      const std::string gate = m.Op("Sigmoid", {m.Op("GlobalMaxPool", {y})});
      return m.Op("Relu", {m.Op(type, {y, gate})});
    });
  }
  blocked("batch_normalization", [](TestModel& m, const std::string& y) {
    return m.Op("Relu",
                {m.Op("BatchNormalization", {y, m.Weights({20}), m.Weights({20}), m.Weights({20}),
                                             m.Weights({20}, 0.5F, 1.F)})});
  });
  blocked("concat",
          [](TestModel& m, const std::string& y) {
            return m.Op("Concat", {y, m.Op("Tanh", {y})}, {{"axis", kOne}});
          },
          {40, 9, 11});
  blocked("pad",
          [](TestModel& m, const std::string& y) {
            return m.Op("Pad", {y, m.Integers({0, 1, 2, 0, 0, 0, 0, 1})});
          },
          {21, 11, 12});
}

void AddElementwise(Cases& cases) {
  const Shape in = {5, 6, 7};
  for (const char* type : {"Relu", "HardSwish", "HardSigmoid", "LeakyRelu", "Sigmoid", "Tanh",
                           "Identity", "Dropout"}) {
    Case(cases, std::string("single_") + type, in, in,
         [&](TestModel& m) { return m.Op(type, {"x"}); });
  }
  Case(cases, "leaky_relu_alpha", in, in,
       [](TestModel& m) { return m.Op("LeakyRelu", {"x"}, {{"alpha", 0.3F}}); });
  Case(cases, "hard_sigmoid_parameters", in, in,
       [](TestModel& m) { return m.Op("HardSigmoid", {"x"}, {{"alpha", 0.3F}, {"beta", 0.4F}}); });
  Case(cases, "clip_both", in, in, [](TestModel& m) {
    return m.Op("Clip", {"x", m.Floats({}, {-0.5F}), m.Floats({}, {0.7F})});
  });
  Case(cases, "clip_minimum", in, in,
       [](TestModel& m) { return m.Op("Clip", {"x", m.Floats({}, {-0.5F})}); });
  Case(cases, "clip_maximum", in, in,
       [](TestModel& m) { return m.Op("Clip", {"x", "", m.Floats({}, {0.5F})}); });
  Case(cases, "batch_normalization", in, in, [](TestModel& m) {
    return m.Op("BatchNormalization",
                {"x", m.Weights({5}), m.Weights({5}), m.Weights({5}), m.Weights({5}, 0.1F, 1.F)},
                {{"epsilon", 1e-3F}});
  });
  Case(cases, "batch_normalization_1d", {5, 9}, {5, 9}, [](TestModel& m) {
    return m.Op("Relu", {m.Op("BatchNormalization", {"x", m.Weights({5}), m.Weights({5}),
                                                     m.Weights({5}), m.Weights({5}, 0.1F, 1.F)})});
  });
  for (const char* type : {"Add", "Sub", "Mul", "Div"}) {
    const std::string name = type;
    // Positive, so that no division is by almost nothing.
    const auto positive = [](TestModel& m) { return m.Op("Clip", {"x", m.Floats({}, {0.5F})}); };
    const auto constant_case = [&](const std::string& suffix, const Shape& shape, bool first) {
      Case(cases, name + suffix, in, in, [&](TestModel& m) {
        const std::string c = m.Weights(shape, 0.5F, 2.F);
        return first ? m.Op(type, {c, positive(m)}) : m.Op(type, {"x", c});
      });
    };
    constant_case("_scalar", {}, false);
    constant_case("_channel", {1, 5, 1, 1}, false);
    constant_case("_row", {7}, false);
    constant_case("_column", {6, 1}, false);
    constant_case("_whole", {1, 5, 6, 7}, false);
    constant_case("_scalar_first", {1}, true);
    constant_case("_channel_first", {5, 1, 1}, true);
    constant_case("_row_first", {1, 7}, true);
    Case(cases, name + "_two", in, in,
         [&](TestModel& m) { return m.Op(type, {"x", positive(m)}); });
    Case(cases, name + "_itself", in, in, [&](TestModel& m) {
      const std::string y = positive(m);
      return m.Op(type, {y, y});
    });
    Case(cases, name + "_broadcast", in, in, [&](TestModel& m) {
      return m.Op(type, {"x", m.Op("ReduceMax", {positive(m)}, {{"axes", Shape{2, 3}}})});
    });
    Case(cases, name + "_broadcast_first", in, in, [&](TestModel& m) {
      return m.Op(type, {m.Op("ReduceMax", {"x"}, {{"axes", Shape{1}}}), positive(m)});
    });
    Case(cases, name + "_broadcast_both", in, in, [&](TestModel& m) {
      return m.Op(type, {m.Op("ReduceMean", {"x"}, {{"axes", Shape{1, 2}}}),
                         m.Op("ReduceMax", {positive(m)}, {{"axes", Shape{3}}})});
    });
    Case(cases, name + "_grows", {1, 7}, {5, 7},
         [&](TestModel& m) { return m.Op(type, {"x", m.Weights({5, 1}, 0.5F, 2.F)}); });
  }
}

void AddPools(Cases& cases) {
  const auto pool = [&](const std::string& name, const char* type, const Shape& in,
                        const Shape& out, const Attributes& attributes) {
    Case(cases, "pool_" + name, in, out,
         [&](TestModel& m) { return m.Op(type, {"x"}, attributes); });
  };
  pool("max", "MaxPool", {5, 9, 11}, {5, 4, 5},
       {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
  pool("max_padded", "MaxPool", {20, 9, 11}, {20, 5, 6},
       {{"kernel_shape", Shape{3, 3}}, {"strides", Shape{2, 2}}, {"pads", Shape{1, 1, 1, 1}}});
  pool("max_dilated", "MaxPool", {5, 9, 11}, {5, 5, 7},
       {{"kernel_shape", Shape{3, 3}}, {"dilations", Shape{2, 2}}});
  pool("max_ceil", "MaxPool", {5, 9, 12}, {5, 5, 6},
       {{"kernel_shape", Shape{2, 3}}, {"strides", Shape{2, 2}}, {"ceil_mode", kOne}});
  pool("max_same", "MaxPool", {5, 9, 12}, {5, 5, 6},
       {{"kernel_shape", Shape{3, 3}},
        {"strides", Shape{2, 2}},
        {"auto_pad", std::string("SAME_LOWER")}});
  pool("max_1d", "MaxPool", {5, 13}, {5, 6}, {{"kernel_shape", Shape{3}}, {"strides", Shape{2}}});
  pool("mean", "AveragePool", {5, 9, 11}, {5, 4, 5},
       {{"kernel_shape", Shape{2, 2}}, {"strides", Shape{2, 2}}});
  pool("mean_without_padding", "AveragePool", {20, 9, 11}, {20, 5, 6},
       {{"kernel_shape", Shape{3, 3}}, {"strides", Shape{2, 2}}, {"pads", Shape{1, 1, 1, 1}}});
  pool("mean_with_padding", "AveragePool", {5, 9, 11}, {5, 5, 6},
       {{"kernel_shape", Shape{3, 3}},
        {"strides", Shape{2, 2}},
        {"pads", Shape{1, 1, 1, 1}},
        {"count_include_pad", kOne}});
  pool("mean_ceil", "AveragePool", {5, 9, 12}, {5, 5, 6},
       {{"kernel_shape", Shape{2, 3}}, {"strides", Shape{2, 2}}, {"ceil_mode", kOne}});
  pool("mean_same", "AveragePool", {5, 9, 12}, {5, 5, 6},
       {{"kernel_shape", Shape{4, 3}},
        {"strides", Shape{2, 2}},
        {"auto_pad", std::string("SAME_UPPER")}});
  pool("mean_1d", "AveragePool", {5, 13}, {5, 13},
       {{"kernel_shape", Shape{3}}, {"pads", Shape{1, 1}}});
  pool("global_mean", "GlobalAveragePool", {20, 9, 11}, {20, 1, 1}, {});
  pool("global_max", "GlobalMaxPool", {20, 9, 11}, {20, 1, 1}, {});
  pool("global_mean_large", "GlobalAveragePool", {2, 128, 313}, {2, 1, 1}, {});
  pool("global_mean_1d", "GlobalAveragePool", {5, 13}, {5, 1}, {});
  pool("global_max_1d", "GlobalMaxPool", {5, 13}, {5, 1}, {});

  for (const char* type : {"ReduceMean", "ReduceMax"}) {
    const auto reduce = [&](const std::string& name, const Shape& in, const Shape& out,
                            const Shape& axes, std::int64_t keep) {
      Case(cases, type + name, in, out,
           [&](TestModel& m) { return m.Op(type, {"x"}, {{"axes", axes}, {"keepdims", keep}}); });
    };
    reduce("_spatial", {5, 6, 7}, {5, 1, 1}, {2, 3}, 1);
    reduce("_spatial_dropped", {5, 6, 7}, {5}, {-1, -2}, 0);
    reduce("_height", {5, 6, 7}, {5, 7}, {2}, 0);
    reduce("_width", {20, 6, 7}, {20, 6, 1}, {3}, 1);
    reduce("_channel", {5, 6, 7}, {1, 6, 7}, {1}, 1);
    reduce("_channel_and_width", {5, 6, 7}, {6}, {1, 3}, 0);
    reduce("_all", {5, 6, 7}, {}, {1, 2, 3}, 0);
    reduce("_1d", {5, 13}, {5}, {2}, 0);
    reduce("_features", {13}, {1}, {1}, 1);
    reduce("_5d", {3, 4, 5, 6}, {3, 5}, {2, 4}, 0);
    Case(
        cases, std::string(type) + "_opset18", {20, 6, 7}, {20, 7},
        [&](TestModel& m) {
          const std::string y = m.ConvBn("x", 20, 20, 3, 1, 1);
          return m.Op(type, {y, m.Integers({2})}, {{"keepdims", std::int64_t{0}}});
        },
        18);
  }
}

void AddShapes(Cases& cases) {
  const auto after_conv = [&](const std::string& name, const Shape& out,
                              const std::function<std::string(TestModel&, std::string)>& body,
                              int opset = 17) {
    Case(
        cases, name, {3, 6, 7}, out,
        [&](TestModel& m) { return body(m, m.Op("Conv", {"x", m.Weights({20, 3, 1, 1})})); },
        opset);
  };
  after_conv("reshape_rest", {20, 42}, [](TestModel& m, const std::string& y) {
    return m.Op("Reshape", {y, m.Integers({0, 20, -1})});
  });
  after_conv("reshape_batch", {10, 84}, [](TestModel& m, const std::string& y) {
    return m.Op("Reshape", {y, m.Integers({-1, 10, 84})});
  });
  after_conv("reshape_copy", {20, 42}, [](TestModel& m, const std::string& y) {
    return m.Op("Reshape", {y, m.Integers({0, 0, -1})});
  });
  after_conv("reshape_from_constant_node", {840}, [](TestModel& m, const std::string& y) {
    const std::string shape = m.Op("Constant", {}, {{"value_ints", Shape{0, -1}}});
    return m.Op("Reshape", {y, shape});
  });
  after_conv("flatten", {840},
             [](TestModel& m, const std::string& y) { return m.Op("Flatten", {y}); });
  after_conv("transpose", {7, 20, 6}, [](TestModel& m, const std::string& y) {
    return m.Op("Transpose", {y}, {{"perm", Shape{0, 3, 1, 2}}});
  });
  after_conv("transpose_3d", {7, 120}, [](TestModel& m, const std::string& y) {
    const std::string flat = m.Op("Reshape", {y, m.Integers({0, 120, 7})});
    return m.Op("Transpose", {flat}, {{"perm", Shape{0, 2, 1}}});
  });
  after_conv("squeeze", {20, 7}, [](TestModel& m, const std::string& y) {
    const std::string mean = m.Op("ReduceMean", {y}, {{"axes", Shape{2}}});
    return m.Op("Squeeze", {mean, m.Integers({-2})});
  });
  after_conv("unsqueeze", {20, 1, 6, 7, 1}, [](TestModel& m, const std::string& y) {
    return m.Op("Unsqueeze", {y, m.Integers({2, -1})});
  });
  after_conv("pad", {20, 9, 10}, [](TestModel& m, const std::string& y) {
    return m.Op("Pad", {y, m.Integers({0, 0, 1, 2, 0, 0, 2, 1}), m.Floats({}, {0.7F})});
  });
  after_conv("pad_channels", {23, 6, 7}, [](TestModel& m, const std::string& y) {
    return m.Op("Pad", {y, m.Integers({0, 1, 0, 0, 0, 2, 0, 0})});
  });
  after_conv(
      "pad_axes_opset18", {20, 6, 12},
      [](TestModel& m, const std::string& y) {
        return m.Op("Pad", {y, m.Integers({2, 3}), "", m.Integers({-1})});
      },
      18);
  after_conv("slice_rows", {20, 3, 7}, [](TestModel& m, const std::string& y) {
    return m.Op("Slice", {y, m.Integers({1}), m.Integers({4}), m.Integers({2})});
  });
  after_conv("slice_from_the_end", {4, 6, 2}, [](TestModel& m, const std::string& y) {
    return m.Op("Slice", {y, m.Integers({-2, 15}), m.Integers({1000, -1}), m.Integers({-1, 1}),
                          m.Integers({1, 1})});
  });
  after_conv("concat_channels", {28, 6, 7}, [](TestModel& m, const std::string& y) {
    const std::string z = m.Op("Conv", {"x", m.Weights({8, 3, 1, 1})});
    return m.Op("Concat", {y, z}, {{"axis", kOne}});
  });
  after_conv("concat_blocks", {35, 6, 7}, [](TestModel& m, const std::string& y) {
    const std::string z = m.Op("Conv", {"x", m.Weights({15, 3, 1, 1})});
    return m.Op("Relu", {m.Op("Concat", {z, y}, {{"axis", std::int64_t{-3}}})});
  });
  after_conv("concat_width", {20, 6, 21}, [](TestModel& m, const std::string& y) {
    return m.Op("Concat", {y, m.Op("Relu", {y}), y}, {{"axis", std::int64_t{3}}});
  });
  after_conv("softmax_last", {20, 6, 7},
             [](TestModel& m, const std::string& y) { return m.Op("Softmax", {y}); });
  after_conv("softmax_channel", {20, 6, 7}, [](TestModel& m, const std::string& y) {
    return m.Op("Softmax", {y}, {{"axis", kOne}});
  });
  Case(cases, "concat_1d", {3, 9}, {3, 18}, [](TestModel& m) {
    return m.Op("Concat", {"x", m.Op("Relu", {"x"})}, {{"axis", std::int64_t{2}}});
  });
  Case(cases, "folded_weights", {6}, {4}, [](TestModel& m) {
    const std::string row = m.Op("Unsqueeze", {m.Weights({24}), m.Integers({0})});
    const std::string matrix = m.Op("Reshape", {row, m.Integers({4, -1})});
    const std::string weights = m.Op("Transpose", {m.Op("Identity", {matrix})});
    return m.Op("MatMul", {"x", weights});
  });
}

void AddProducts(Cases& cases) {
  const auto gemm = [&](const std::string& name, const Shape& weights, const Shape& bias,
                        const Attributes& attributes) {
    Case(cases, "gemm_" + name, {12}, {7}, [&](TestModel& m) {
      return m.Op("Gemm", {"x", m.Weights(weights), m.Weights(bias)}, attributes);
    });
  };
  gemm("plain", {12, 7}, {7}, {});
  gemm("transposed", {7, 12}, {7}, {{"transB", kOne}});
  gemm("scaled", {12, 7}, {1, 7}, {{"alpha", 0.5F}, {"beta", 2.F}});
  gemm("one_bias", {12, 7}, {}, {});
  Case(cases, "gemm_no_bias", {40}, {33},
       [](TestModel& m) { return m.Op("Gemm", {"x", m.Weights({40, 33})}); });
  Case(cases, "gemm_after_pooling", {3, 9, 11}, {2}, [](TestModel& m) {
    const std::string y = m.Op("GlobalAveragePool", {m.ConvBn("x", 3, 20, 3, 1, 1)});
    return m.Op("Gemm", {m.Op("Flatten", {y}), m.Weights({20, 2}), m.Weights({2})});
  });
  Case(cases, "matmul_of_rows", {5, 6, 12}, {5, 6, 7},
       [](TestModel& m) { return m.Op("MatMul", {"x", m.Weights({12, 7})}); });
  Case(cases, "matmul_constant_first", {12, 7}, {5, 7},
       [](TestModel& m) { return m.Op("MatMul", {m.Weights({5, 12}), "x"}); });
  Case(cases, "matmul_constant_stack", {3, 5, 12}, {3, 5, 7},
       [](TestModel& m) { return m.Op("MatMul", {"x", m.Weights({3, 12, 7})}); });
  Case(cases, "matmul_attention", {6, 8}, {6, 8}, [](TestModel& m) {
    const std::string keys = m.Op("Transpose", {"x"}, {{"perm", Shape{0, 2, 1}}});
    return m.Op("MatMul", {m.Op("Softmax", {m.Op("MatMul", {"x", keys})}), "x"});
  });
  Case(cases, "matmul_4d", {2, 6, 8}, {2, 6, 6}, [](TestModel& m) {
    return m.Op("MatMul", {"x", m.Op("Transpose", {"x"}, {{"perm", Shape{0, 1, 3, 2}}})});
  });
}

}  // namespace

std::vector<ParityCase> MakeParityCases() {
  Cases cases;
  AddConvolutions(cases);
  AddFusions(cases);
  AddBlocked(cases);
  AddElementwise(cases);
  AddPools(cases);
  AddShapes(cases);
  AddProducts(cases);
  cases.push_back({"heart_network", MakeHeartNetwork()});
  return cases;
}

}  // namespace heartbeat::nn

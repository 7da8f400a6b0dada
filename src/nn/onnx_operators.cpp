#include "nn/onnx_operators.h"

namespace heartbeat::nn {

const std::map<std::string_view, Importer>& Importers() {
  static const std::map<std::string_view, Importer> kImporters = {
      {"Add", ImportBinary},
      {"AveragePool", ImportPool},
      {"BatchNormalization", ImportBatchNormalization},
      {"Clip", ImportClip},
      {"Concat", ImportConcat},
      {"Constant", ImportConstant},
      {"Conv", ImportConv},
      {"Div", ImportBinary},
      {"Dropout", ImportIdentity},
      {"Flatten", ImportFlatten},
      {"Gemm", ImportGemm},
      {"GlobalAveragePool", ImportGlobalPool},
      {"GlobalMaxPool", ImportGlobalPool},
      {"HardSigmoid", ImportActivation},
      {"HardSwish", ImportActivation},
      {"Identity", ImportIdentity},
      {"LeakyRelu", ImportActivation},
      {"MatMul", ImportMatMul},
      {"MaxPool", ImportPool},
      {"Mul", ImportBinary},
      {"Pad", ImportPad},
      {"ReduceMax", ImportReduce},
      {"ReduceMean", ImportReduce},
      {"Relu", ImportActivation},
      {"Reshape", ImportReshape},
      {"Sigmoid", ImportActivation},
      {"Slice", ImportSlice},
      {"Softmax", ImportSoftmax},
      {"Squeeze", ImportSqueeze},
      {"Sub", ImportBinary},
      {"Tanh", ImportActivation},
      {"Transpose", ImportTranspose},
      {"Unsqueeze", ImportUnsqueeze},
  };
  return kImporters;
}

}  // namespace heartbeat::nn

#pragma once

#include <map>
#include <string_view>

#include "base/result.h"
#include "nn/onnx_node.h"

namespace heartbeat::nn {

// Each reads its node wholly and adds what it means to the graph. Errors: kInvalidModel.
using Importer = base::Result<void> (*)(OnnxNode&);

// By operator of ONNX's own domain; docs/model-format.md lists the same.
[[nodiscard]] const std::map<std::string_view, Importer>& Importers();

// onnx_windows.cpp
base::Result<void> ImportConv(OnnxNode& node);
base::Result<void> ImportPool(OnnxNode& node);
base::Result<void> ImportGlobalPool(OnnxNode& node);
// onnx_elementwise.cpp
base::Result<void> ImportActivation(OnnxNode& node);
base::Result<void> ImportClip(OnnxNode& node);
base::Result<void> ImportBinary(OnnxNode& node);
base::Result<void> ImportBatchNormalization(OnnxNode& node);
// onnx_products.cpp
base::Result<void> ImportGemm(OnnxNode& node);
base::Result<void> ImportMatMul(OnnxNode& node);
base::Result<void> ImportReduce(OnnxNode& node);
base::Result<void> ImportSoftmax(OnnxNode& node);
// onnx_shapes.cpp
base::Result<void> ImportReshape(OnnxNode& node);
base::Result<void> ImportFlatten(OnnxNode& node);
base::Result<void> ImportSqueeze(OnnxNode& node);
base::Result<void> ImportUnsqueeze(OnnxNode& node);
base::Result<void> ImportTranspose(OnnxNode& node);
base::Result<void> ImportPad(OnnxNode& node);
base::Result<void> ImportSlice(OnnxNode& node);
base::Result<void> ImportConcat(OnnxNode& node);
base::Result<void> ImportIdentity(OnnxNode& node);
base::Result<void> ImportConstant(OnnxNode& node);

}  // namespace heartbeat::nn

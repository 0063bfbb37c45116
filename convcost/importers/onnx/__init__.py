"""ONNX models. The only folder that imports the onnx package, which is an extra."""

"""ONNX files of networks, for onnxruntime and others that compute without Leibnet."""

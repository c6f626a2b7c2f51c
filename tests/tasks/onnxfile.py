"""Trained here, used by onnxruntime from a file: the largest difference of outputs."""

import leibnet as ln

import onnxruntime

ln.seed(0)
digits = ln.Dataset("digits")
network = ln.MLP([ln.Dense(64, 32, ln.ReLU()), ln.Dense(32, 10, ln.Softmax())])
network.train(digits, epochs=5)
network.export("digits.onnx")

x = digits.testSet()[0]
session = onnxruntime.InferenceSession("digits.onnx")
(a,) = session.run(["output"], {"input": x.T})
print(f"largest difference {abs(a.T - network.predict(x)).max():.1e}")

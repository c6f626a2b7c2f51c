"""Trained here, used by PyTorch: the largest difference of outputs."""

import leibnet as ln

import torch
from torch.nn import Linear, ReLU, Sequential, Softmax

ln.seed(0)
digits = ln.Dataset("digits")
network = ln.MLP([ln.Dense(64, 32, ln.ReLU()), ln.Dense(32, 10, ln.Softmax())])
network.train(digits, epochs=5)

x = digits.testSet()[0]
copy = Sequential(Linear(64, 32), ReLU(), Linear(32, 10), Softmax(dim=1))
copy.load_state_dict({name: torch.tensor(array) for name, array in network.stateDict().items()})
a = copy(torch.tensor(x.T)).detach().numpy()
print(f"largest difference {abs(a.T - network.predict(x)).max():.1e}")

"""One torch thread: the small tensors of the tests are far slower on two when the cores are busy."""

import torch

torch.set_num_threads(1)

"""PyTorch: the seed MLP as the tutorial does it, from tensors kept in memory, with the fused SGD and compiled; products by MKL and oneDNN."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from . import protocol
from .protocol import counted, many, mean, once, serve, spread

torch.set_num_threads(protocol.threads)
torch.set_flush_denormal(True)
cross_entropy = nn.CrossEntropyLoss()


def network(widths):
    layers = []
    for weight, bias in protocol.parameters(widths):
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.load_state_dict({'weight': torch.tensor(weight), 'bias': torch.tensor(bias)})
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def mlp(source=protocol.digits, compiled=False, fused=None, tutorial=False):
    def prepare(batch, examples=None, *widths):
        model = network(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=fused)
        forward = torch.compile(model) if compiled else model
        features, labels = (torch.from_numpy(numbers[:examples]) for numbers in source())
        labels = labels.long()

        def step(x, y):
            loss = cross_entropy(forward(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        def sliced():
            order = torch.randperm(len(labels))
            return [step(features[chosen], labels[chosen]) for chosen in order.split(batch)]

        def loaded():
            loader = DataLoader(TensorDataset(features, labels), batch_size=batch, shuffle=True)
            return [step(x, y).item() for x, y in loader]

        def epoch():
            seconds, losses = once(loaded if tutorial else sliced)
            return {'seconds': seconds, 'loss': mean(losses, batch, len(labels))}

        return epoch

    return prepare


def ways(source):
    return {'sliced': mlp(source), 'fused': mlp(source, fused=True), 'compile': mlp(source, fused=True, compiled=True)}


def mkl(m, k, n):
    a, b = map(torch.tensor, protocol.matrices(m, k, n))
    out = torch.empty(m, n)
    return lambda: {'seconds': many(lambda: torch.mm(a, b, out=out))[0], 'values': spread(out)}


def one_dnn(m, k, n):
    """The product of a linear layer, its weight packed beforehand."""
    a, b = map(torch.tensor, protocol.matrices(m, k, n))
    packed = torch.ops.mkldnn._reorder_linear_weight(b.t().contiguous(), m)
    product = lambda: torch.ops.mkldnn._linear_pointwise(a, packed, None, 'none', [], '')
    return lambda: {'seconds': many(product)[0], 'values': spread(product())}


def momentum(**mode):
    def prepare(length):
        parameter = nn.Parameter(torch.ones(length))
        parameter.grad = torch.full((length,), 0.5)
        optimizer = torch.optim.SGD([parameter], lr=0.01, momentum=0.9, **mode)
        return counted(optimizer.step, lambda: parameter.detach())

    return prepare


serve(
    torch.__version__,
    {
        'mnist': {'tutorial': mlp(tutorial=True), **ways(protocol.digits)},
        'shapes': ways(protocol.digits),
        'dense': ways(protocol.noise),
        'matmul': {'MKL': mkl, 'oneDNN': one_dnn},
        'momentum': {'foreach': momentum(foreach=True), 'fused': momentum(fused=True)},
    },
)

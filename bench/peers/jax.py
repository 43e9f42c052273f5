"""JAX on the CPU: a jitted step, and whole runs in one call by lax.scan, shuffling and gathering inside."""
import functools, os
from . import protocol
from .protocol import counted, many, mean, once, serve, spread

protocol.one_cpu()  # before JAX counts the CPUs
os.environ.setdefault('JAX_PLATFORMS', 'cpu')
import jax
import jax.numpy as jnp
import numpy

random = numpy.random.default_rng(1)


def logits(parameters, x):
    for weight, bias in parameters[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    return x @ parameters[-1][0] + parameters[-1][1]


def cross_entropy(parameters, x, y):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits(parameters, x)), y[:, None], 1))


def squared_error(parameters, x, y):
    return jnp.mean((x @ parameters[0] + parameters[1] - y) ** 2)


def line_error(parameters, x, y):
    return jnp.mean((parameters[0] * x + parameters[1] - y) ** 2)


def update(loss, learning_rate=0.01, gain=1):
    """(parameters, velocities), x, y → the same after a step of momentum, and the loss before it."""
    def step(state, x, y):
        parameters, velocities = state
        value, gradients = jax.value_and_grad(loss)(parameters, x, y)
        velocities = jax.tree.map(lambda v, g: 0.9 * v + gain * g, velocities, gradients)
        return (jax.tree.map(lambda p, v: p - learning_rate * v, parameters, velocities), velocities), value

    return step


def scanned(step, batch, examples):
    """An epoch in one call: full batches by scan, then the rest."""
    full = examples - examples % batch

    def epoch(state, features, labels, order):
        pick = lambda state, chosen: step(state, features[chosen], labels[chosen])
        state, losses = jax.lax.scan(pick, state, order[:full].reshape(-1, batch))
        if full == examples:
            return state, losses
        state, loss = pick(state, order[full:])
        return state, jnp.append(losses, loss)

    return jax.jit(epoch, donate_argnums=0)


def stepped(step, batch, examples):
    """An epoch of jitted steps, each fed with a batch that numpy gathers."""
    jitted = jax.jit(step, donate_argnums=0)

    def epoch(state, features, labels, order):
        losses = []
        for start in range(0, examples, batch):
            chosen = order[start : start + batch]
            state, loss = jitted(state, features[chosen], labels[chosen])
            losses.append(loss)
        return state, losses

    return epoch


@functools.cache
def arrays(keep, source, examples):
    features, labels = source()
    return keep(features[:examples]), keep(labels[:examples].astype(numpy.int32))


def mlp(run, source=protocol.digits):
    def prepare(batch, examples=None, *widths):
        features, labels = arrays(jnp.asarray if run is scanned else numpy.asarray, source, examples)
        examples = len(labels)
        state = start([(jnp.asarray(weight.T), jnp.asarray(bias)) for weight, bias in protocol.parameters(widths)])
        train = run(update(cross_entropy), batch, examples)

        def epoch():
            nonlocal state
            seconds, (state, losses) = once(
                lambda: jax.block_until_ready(train(state, features, labels, random.permutation(examples)))
            )
            return {'seconds': seconds, 'loss': mean(losses, batch, examples)}

        return epoch

    return prepare


def regression(batch):
    features, targets = map(jnp.asarray, protocol.regression())
    state = start((jnp.zeros(features.shape[1]), jnp.zeros(())))
    epoch = scanned(update(squared_error), batch, len(targets))

    def five():
        nonlocal state
        for _ in range(5):
            state, _ = epoch(state, features, targets, random.permutation(len(targets)))
        jax.block_until_ready(state)

    return lambda: {'seconds': once(five)[0], 'loss': float(squared_error(state[0], features, targets))}


def line(steps):
    """Five points, a line, full batches, an average of gradients as velocity; all steps in one call."""
    x, y = jnp.array([1.0, 2, 3, 4, 5]), jnp.array([2.0, 3, 5, 7, 11])
    step = update(line_error, gain=0.1)
    train = jax.jit(lambda state: jax.lax.scan(lambda state, _: (step(state, x, y)[0], None), state, None, length=steps)[0])
    zeros = start((jnp.zeros(()), jnp.zeros(())))
    work = lambda: jax.block_until_ready(train(zeros))
    return lambda: {'seconds': many(work)[0], 'values': [float(value) for value in work()[0]]}


def momentum(length):
    parameter, gradient, velocity = jnp.ones(length), jnp.full(length, 0.5), jnp.zeros(length)
    moved = lambda p, v: (p - 0.01 * v, v)
    jitted = jax.jit(lambda p, v, g: moved(p, 0.9 * v + g), donate_argnums=(0, 1))

    def step():
        nonlocal parameter, velocity
        parameter, velocity = jax.block_until_ready(jitted(parameter, velocity, gradient))

    return counted(step, lambda: parameter)


def start(parameters):
    return parameters, jax.tree.map(jnp.zeros_like, parameters)


serve(
    jax.__version__,
    {
        'mnist': {'step': mlp(stepped), 'scan': mlp(scanned)},
        'shapes': {'scan': mlp(scanned)},
        'dense': {'scan': mlp(scanned, protocol.noise)},
        'momentum': {'jit': momentum},
        'regression': {'scan': regression},
        'line': {'scan-f32': line},
    },
)

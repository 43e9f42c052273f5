"""TensorFlow and Keras: the seed MLP by model.fit, and by an epoch in one function with an XLA step inside."""
import os

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
os.environ.setdefault('CUDA_VISIBLE_DEVICES', '')
import keras
import numpy
import tensorflow as tf
from . import protocol
from .protocol import once, serve

tf.config.threading.set_intra_op_parallelism_threads(protocol.threads)
tf.config.threading.set_inter_op_parallelism_threads(protocol.threads)


def fit(batch):
    features, labels = protocol.digits()
    dense = keras.layers.Dense
    model = keras.Sequential([keras.Input((784,)), dense(512, 'relu'), dense(256, 'relu'), dense(10)])
    model.set_weights([numbers for weight, bias in protocol.parameters() for numbers in (weight.T, bias)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss)

    def epoch():
        seconds, run = once(lambda: model.fit(features, labels, batch_size=batch, epochs=1, shuffle=True, verbose=0))
        return {'seconds': seconds, 'loss': run.history['loss'][0]}

    return epoch


def xla_epoch(batch):
    features, labels = protocol.digits()
    examples, labels = len(labels), labels.astype(numpy.int32)
    train = compiled(tf.constant(features), tf.constant(labels), batch, examples)
    random = numpy.random.default_rng(1)

    def epoch():
        seconds, loss = once(lambda: float(train(tf.constant(random.permutation(examples), tf.int32))))
        return {'seconds': seconds, 'loss': loss}

    return epoch


def compiled(features, labels, batch, examples):
    """A function of the order that trains an epoch and gives its mean loss."""
    step, rest = momentum_step(), examples % batch

    def pick(chosen, size):
        x, y = tf.gather(features, chosen), tf.gather(labels, chosen)
        return step(tf.ensure_shape(x, [size, 784]), tf.ensure_shape(y, [size])) * size

    @tf.function
    def epoch(order):
        total = tf.constant(0.0)
        for i in tf.range(examples // batch):
            total += pick(order[i * batch : (i + 1) * batch], batch)
        if rest:
            total += pick(order[examples - rest :], rest)
        return total / examples

    return epoch


def momentum_step():
    parameters = [tf.Variable(numbers) for weight, bias in protocol.parameters() for numbers in (weight.T, bias)]
    velocities = [tf.Variable(tf.zeros_like(parameter)) for parameter in parameters]

    def logits(x):
        x = tf.nn.relu(x @ parameters[0] + parameters[1])
        x = tf.nn.relu(x @ parameters[2] + parameters[3])
        return x @ parameters[4] + parameters[5]

    @tf.function(jit_compile=True)
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits(x)))
        for parameter, velocity, gradient in zip(parameters, velocities, tape.gradient(loss, parameters)):
            velocity.assign(0.9 * velocity + gradient)
            parameter.assign_sub(0.01 * velocity)
        return loss

    return step


serve(f'{keras.__version__} on TensorFlow {tf.__version__}', {'mnist': {'fit': fit, 'XLA-epoch': xla_epoch}})

"""The peer's side of protocol.md, and the input that data.js wrote."""
import functools, json, os, sys, time
from pathlib import Path
import numpy

threads, DATA = int(sys.argv[1]), Path(sys.argv[2])
LONG = 0.02
VALUES = 16
SIZES = [784, 512, 256, 10]


def serve(version, jobs):
    """jobs[job][mode](*sizes) prepares a job and returns what does it once and gives its figures."""
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    ready = {}

    def answer(line):
        try:
            job, mode, *sizes = line.split()
            if line not in ready:
                ready[line] = jobs[job][mode](*map(int, sizes))
            return ready[line]()
        except Exception as error:
            return {'error': f'{type(error).__name__}: {error}'}

    print(json.dumps({'version': version, 'jobs': {job: list(modes) for job, modes in jobs.items()}}), file=out, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(line)), file=out, flush=True)


def once(work):
    """The seconds of a call, and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def many(work):
    """The seconds of a call over as many calls as it takes to be sure, and how many were made in all."""
    calls, made = 1, 0
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            work()
        seconds = time.perf_counter() - start
        made += calls
        if seconds > LONG:
            return seconds / calls, made
        calls *= 2


def counted(step, parameter):
    """A momentum job: the seconds of a step, how many there have been, and what they made of the parameter."""
    steps = 0

    def measured():
        nonlocal steps
        seconds, made = many(step)
        steps += made
        return {'seconds': seconds, 'steps': steps, 'values': spread(parameter())}

    return measured


def one_cpu():
    """Keeps to one CPU where one thread is asked for, of a library that has no other way to say so."""
    if threads == 1 and hasattr(os, 'sched_setaffinity'):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def read(name, dtype):
    return numpy.fromfile(DATA / name, dtype)


@functools.cache
def digits():
    """Normalised images [examples, 784], and their labels."""
    images = read('images.u8', numpy.uint8).reshape(-1, SIZES[0]).astype(numpy.float32)
    return (images / numpy.float32(255) - numpy.float32(0.1307)) / numpy.float32(0.3081), read('labels.u8', numpy.uint8)


@functools.cache
def noise():
    """Features without a zero [examples, 784], and their labels."""
    return read('noise.f32', numpy.float32).reshape(-1, SIZES[0]), read('noise.u8', numpy.uint8)


def parameters(widths=()):
    """What a network, the seed MLP by default, starts from: weight [outputs, inputs] and bias of each layer."""
    widths = widths or SIZES
    numbers, place, layers = read(f'parameters-{"-".join(map(str, widths))}.f32', numpy.float32), 0, []
    for inputs, outputs in zip(widths, widths[1:]):
        weight, bias, place = place, place + inputs * outputs, place + (inputs + 1) * outputs
        layers.append((numbers[weight:bias].reshape(outputs, inputs), numbers[bias:place]))
    return layers


def matrices(m, k, n):
    numbers = read('numbers.f32', numpy.float32)
    return numbers[: m * k].reshape(m, k), numbers[m * k : m * k + k * n].reshape(k, n)


def regression():
    """Features [examples, 50] and targets."""
    targets = read('targets.f32', numpy.float32)
    return read('features.f32', numpy.float32).reshape(len(targets), -1), targets


def spread(values):
    """VALUES of them, evenly spread."""
    flat = numpy.asarray(values).reshape(-1)
    return [float(flat[(2 * i + 1) * flat.size // (2 * VALUES)]) for i in range(VALUES)]


def mean(losses, batch, examples):
    """The mean over the examples of the batches' losses."""
    sizes = [min(batch, examples - start) for start in range(0, examples, batch)]
    return float(numpy.average([float(loss) for loss in losses], weights=sizes))

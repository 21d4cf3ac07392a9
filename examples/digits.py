"""Trains a small network on scikit-learn's handwritten digits: three optimizers, four seeds each, every curve real.

    python examples/digits.py
    trackio report --project digits --output report

The network is two layers of numpy (64 -> 48 -> 10), so that nothing stands between the reader and the calls of trackio.
Needs scikit-learn, for the data: ``pip install 'trackio[demo]'``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

import trackio

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Weights = dict[str, Array]
Step = Callable[[Weights, Weights, float], None]
"""Changes weights in place, given their gradients and the learning rate."""

PROJECT = "digits"
SEEDS = range(4)


@dataclass(frozen=True)
class Settings:
    """What a run is made of; logged as its config."""

    optimizer: str
    lr: float
    seed: int
    epochs: int = 40
    batch_size: int = 64
    hidden: int = 48


@dataclass(frozen=True)
class Digits:
    """1,797 pictures of 8 x 8 pixels scaled to [0, 1], and what digit each shows; one fifth is held out."""

    train: tuple[Array, Labels]
    val: tuple[Array, Labels]


def main() -> None:
    """Train every optimizer from every seed."""
    digits = load()
    for optimizer, lr in (("sgd", 0.2), ("momentum", 0.05), ("adam", 0.003)):
        for seed in SEEDS:
            accuracy = train(Settings(optimizer, lr, seed), digits)
            print(f"{optimizer:8} seed {seed}: {accuracy:.1%} of the held-out digits are read right")


def train(settings: Settings, digits: Digits) -> float:
    """Train one network, log it as one run, and give its accuracy on the held-out digits."""
    rng = np.random.default_rng(settings.seed)
    weights = initial(rng, settings.hidden)
    step = OPTIMIZERS[settings.optimizer]()
    steps = settings.epochs * (len(digits.train[1]) // settings.batch_size)
    name = f"{settings.optimizer}-{settings.seed}"
    with trackio.init(
        project=PROJECT,
        name=name,
        group=settings.optimizer,
        config=asdict(settings),
        cpu_log_interval=0.1,  # these runs are over in a second
    ) as run:
        for epoch in range(settings.epochs):
            for images, labels in batches(digits.train, settings.batch_size, rng):
                loss, accuracy, gradients = evaluate(weights, images, labels)
                lr = settings.lr * 0.5 * (1 + np.cos(np.pi * run.step / steps))
                step(weights, gradients, lr)
                run.log({"train/loss": loss, "train/accuracy": accuracy, "lr": lr, "epoch": epoch})
            loss, accuracy, _ = evaluate(weights, *digits.val)
            run.log({"val/loss": loss, "val/accuracy": accuracy, "epoch": epoch + 1})
    return accuracy


def load() -> Digits:
    """The digits, in an order that does not change from run to run."""
    bunch = load_digits()
    images, labels = bunch.data / 16.0, bunch.target.astype(np.int64)
    order = np.random.default_rng(0).permutation(len(labels))
    held_out, rest = np.split(order, [len(order) // 5])
    return Digits((images[rest], labels[rest]), (images[held_out], labels[held_out]))


def batches(data: tuple[Array, Labels], size: int, rng: np.random.Generator) -> Iterator[tuple[Array, Labels]]:
    """The data in a new order, in whole batches."""
    images, labels = data
    order = rng.permutation(len(labels))
    for start in range(0, len(order) - size + 1, size):
        chosen = order[start : start + size]
        yield images[chosen], labels[chosen]


def initial(rng: np.random.Generator, hidden: int) -> Weights:
    """He initialisation, biases at zero."""
    return {
        "w1": rng.normal(0, np.sqrt(2 / 64), (64, hidden)),
        "b1": np.zeros(hidden),
        "w2": rng.normal(0, np.sqrt(2 / hidden), (hidden, 10)),
        "b2": np.zeros(10),
    }


def evaluate(weights: Weights, images: Array, labels: Labels) -> tuple[float, float, Weights]:
    """Mean cross-entropy, accuracy, and the gradient of the former."""
    hidden = np.maximum(images @ weights["w1"] + weights["b1"], 0)
    logits = hidden @ weights["w2"] + weights["b2"]
    logits -= logits.max(axis=1, keepdims=True)
    log_odds = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -log_odds[rows, labels].mean()
    accuracy = (logits.argmax(axis=1) == labels).mean()

    slope = np.exp(log_odds)
    slope[rows, labels] -= 1
    slope /= len(labels)
    back = (slope @ weights["w2"].T) * (hidden > 0)
    gradients = {
        "w1": images.T @ back,
        "b1": back.sum(axis=0),
        "w2": hidden.T @ slope,
        "b2": slope.sum(axis=0),
    }
    return float(loss), float(accuracy), gradients


def sgd() -> Step:
    """Plain gradient descent."""

    def step(weights: Weights, gradients: Weights, lr: float) -> None:
        for key, gradient in gradients.items():
            weights[key] -= lr * gradient

    return step


def momentum(beta: float = 0.9) -> Step:
    """Gradient descent with a velocity (Polyak, 1964)."""
    velocity: Weights = {}

    def step(weights: Weights, gradients: Weights, lr: float) -> None:
        for key, gradient in gradients.items():
            velocity[key] = beta * velocity.get(key, np.zeros_like(gradient)) + gradient
            weights[key] -= lr * velocity[key]

    return step


def adam(beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Step:
    """Adam with bias correction (Kingma and Ba, 2015)."""
    first: Weights = {}
    second: Weights = {}
    count = 0

    def step(weights: Weights, gradients: Weights, lr: float) -> None:
        nonlocal count
        count += 1
        for key, gradient in gradients.items():
            first[key] = beta1 * first.get(key, np.zeros_like(gradient)) + (1 - beta1) * gradient
            second[key] = beta2 * second.get(key, np.zeros_like(gradient)) + (1 - beta2) * gradient**2
            mean, variance = first[key] / (1 - beta1**count), second[key] / (1 - beta2**count)
            weights[key] -= lr * mean / (np.sqrt(variance) + epsilon)

    return step


OPTIMIZERS: dict[str, Callable[[], Step]] = {"sgd": sgd, "momentum": momentum, "adam": adam}

if __name__ == "__main__":
    main()

"""The network of the stand-in: four blocks of 32, 64, 128 and 256 channels on 128 x 79."""

import torch
from torch import nn


def block(before, after):
    return nn.Sequential(
        nn.Conv2d(before, after, kernel_size=3, padding=1),
        nn.BatchNorm2d(after),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
    )


def build():
    """With random weights: it is there for its time, and its verdicts mean nothing."""
    torch.manual_seed(1)
    return nn.Sequential(
        block(1, 32),
        block(32, 64),
        block(64, 128),
        block(128, 256),
        nn.Flatten(),
        nn.Linear(256 * 8 * 4, 256),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(256, 1),
        nn.Sigmoid(),
    ).eval()

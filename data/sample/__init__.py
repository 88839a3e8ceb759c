"""The made-up authority: a Kent-like council that never was, calibrated to published figures, with its truth written down."""

from data.sample.build import build
from data.sample.generate import generate

__all__ = ["build", "generate"]

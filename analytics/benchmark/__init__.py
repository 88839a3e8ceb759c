"""Whose cost differs from what children's needs explain? Price given provision, by setting, with its uncertainty. Method: docs/benchmark.md."""

from analytics.benchmark.comparables import comparables
from analytics.benchmark.model import fit
from analytics.benchmark.result import BenchmarkParams, BenchmarkResult

__all__ = ["BenchmarkParams", "BenchmarkResult", "comparables", "fit"]

"""How well plain models of scikit-learn do on a dataset: what its thresholds and first handpicked cases are made of.

``measured(source, path, description, splits, kinds, rows)`` samples rows, fits, and judges on the test split of a run.
"""

from components.data.quick_baseline.judging import Measured, measured
from components.data.quick_baseline.picking import cases
from components.data.quick_baseline.thresholds import judged_by, thresholds

__all__ = ["Measured", "cases", "judged_by", "measured", "thresholds"]

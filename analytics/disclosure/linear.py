"""A linear problem handed to HiGHS whole: silent, one thread, ready to be asked again with other bounds and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from analytics.disclosure.system import Floats

GAP = 1e-6


def engine(matrix: Floats, totals: Floats, lower: Floats, upper: Floats, *, presolve: bool = False) -> Any:
    """HiGHS with matrix · v = totals, lower ≤ v ≤ upper and no cost."""
    import highspy

    count, (rows, columns) = len(lower), np.nonzero(matrix)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, len(matrix)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(count), lower, upper
    lp.row_lower_ = lp.row_upper_ = totals
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(rows, np.arange(len(matrix) + 1)).astype(np.int32)
    lp.a_matrix_.index_, lp.a_matrix_.value_ = columns.astype(np.int32), matrix[rows, columns]
    made = silent(presolve=presolve)
    made.passModel(lp)
    return made


def silent(*, presolve: bool) -> Any:
    """An empty HiGHS that prints nothing and answers the same every time."""
    import highspy

    made: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    made.setOptionValue("output_flag", False)
    made.setOptionValue("threads", 1)
    made.setOptionValue("random_seed", 1)
    made.setOptionValue("mip_rel_gap", GAP)
    made.setOptionValue("mip_abs_gap", GAP)
    if not presolve:
        made.setOptionValue("presolve", "off")
        made.setOptionValue("solver", "simplex")
    return made


def solved(made: Any) -> Floats | None:
    """Runs it: the optimum, or None where the engine does not say that it has one."""
    import highspy

    made.run()
    if made.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.asarray(made.getSolution().col_value, dtype=np.float64)


def set_whole(made: Any, count: int, whole: bool) -> None:
    """All values whole numbers from now on, or not."""
    import highspy

    cells = np.arange(count, dtype=np.int32)
    made.changeColsIntegrality(count, cells, np.full(count, highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous))

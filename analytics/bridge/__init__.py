"""Why did cost change between two periods? An exact, order-independent split by cause, placement by placement, to the penny.

`periods` names what can be compared, `shapley` is the rule of division, `pennies` the rule of rounding, `split` the causes (docs/bridge.md).
"""

from analytics.bridge.periods import KINDS, Period
from analytics.bridge.split import CAUSES, Bridge, bridge

__all__ = ["CAUSES", "KINDS", "Bridge", "Period", "bridge"]

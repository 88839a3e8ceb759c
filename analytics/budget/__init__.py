"""Will we end the year within budget? Actual, committed and forecast by purse and period. docs/budget.md says how."""

from analytics.budget.outturn import Outturn, forecast
from analytics.budget.purses import COUNCIL, PURSES
from analytics.budget.rates import BudgetData

__all__ = ["COUNCIL", "PURSES", "BudgetData", "Outturn", "forecast"]

"""Why a gradient is wrong: a verdict, the likely cause, the evidence, the next step.

:mod:`slopes` finds a derivative along a line from values alone, :mod:`reference` the
right gradient at a point, :mod:`draws` compares what is claimed with it at several
points.  Then :mod:`causes` asks what makes the difference: a catalogued mistake, a
simple relation to the right numbers (:mod:`minigrad.slip`), a backward sweep that goes
wrong in one place (:mod:`chain`), or an operation whose own rule is wrong
(:mod:`wrong_rule`).  :mod:`verdict` puts it together, and :mod:`telling` shows it.
"""

from minigrad.diagnosis.result import Diagnosis
from minigrad.diagnosis.verdict import diagnose
from minigrad.diagnosis.wrong_rule import WrongRule, find_wrong_rule

__all__ = ["Diagnosis", "WrongRule", "diagnose", "find_wrong_rule"]

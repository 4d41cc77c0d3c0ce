"""How close the local Personalize is to the real one: records beside the code, and the page made of them.

A module states what it decided in a tuple `FIDELITY` of `Fidelity` records; the page collects them from everywhere.
"""

from tastemaker.simulator.fidelity.record import Fidelity, Grade

__all__ = ["Fidelity", "Grade"]

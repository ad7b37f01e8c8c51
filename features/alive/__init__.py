"""Buy till you die: who is still a customer, what is to come, and what it brings.

A purchase model and a spend model are fitted once, on what was known before the earliest cutoff
that a model is trained on; after that each is a handful of numbers, and scoring evaluates a closed
form of three numbers of the customer.
"""

from features.alive.fit import PurchaseFit, fit_purchases
from features.alive.fit_spend import SpendFit, fit_spend
from features.alive.models import PurchaseModel, SpendModel
from features.alive.quality import Quality
from features.alive.scores import expected_purchases, expected_spend, p_alive

__all__ = [
    "PurchaseFit",
    "PurchaseModel",
    "Quality",
    "SpendFit",
    "SpendModel",
    "expected_purchases",
    "expected_spend",
    "fit_purchases",
    "fit_spend",
    "p_alive",
]

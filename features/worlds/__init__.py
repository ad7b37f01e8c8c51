"""Businesses whose true probabilities are known, to hold models against the truth."""

from features.worlds.bank import bank
from features.worlds.retailer import retailer
from features.worlds.telecom import telecom
from features.worlds.world import Oracle, Question, Truth, World

__all__ = ["Oracle", "Question", "Truth", "World", "bank", "retailer", "telecom"]

"""The proof that vectors see nothing of the future, feature by feature."""

from features.prove.memory import Anew
from features.prove.proof import Culprit, Proof
from features.prove.proving import prove
from features.prove.record import keep, proof_of

__all__ = ["Anew", "Culprit", "Proof", "keep", "proof_of", "prove"]

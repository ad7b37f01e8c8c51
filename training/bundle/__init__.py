"""A trained model as data, verified before it is trusted; serving needs no more of training."""

from training.bundle.folder import read_bundle, write_bundle
from training.bundle.value import Band, Bundle

__all__ = ["Band", "Bundle", "read_bundle", "write_bundle"]

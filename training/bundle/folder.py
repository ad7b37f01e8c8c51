"""A trained model as data: a folder of JSON, LightGBM text and golden rows.

``bundle.json`` names every other file with its SHA-256, so its own hash identifies the whole. A
bundle is verified (hashes, structure, golden rows) before anything is scored with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from features.arrays import Floats
from features.catalogue import Catalogue
from features.errors import BundleError, ForetellError
from features.kernel import Vectors
from features.schema import Schema
from features.tables import table_from_json
from training.bundle.golden import golden_bytes, golden_rows
from training.bundle.manifest import (
    FORMAT,
    GOLDEN,
    MANIFEST,
    MODEL,
    files_of,
    malformed,
    manifest_of,
    sha256,
)
from training.bundle.modeltext import require_sound
from training.bundle.value import Band, Bundle
from training.calibration.calibrator import Calibrator
from training.calibration.contract import Contract
from training.calibration.segmented import Segmented
from training.encoded import encoded, require_encodings, sources_of
from training.encoding import encoding_from_json
from training.reasons.settings import Reasons
from training.tasks import task_from_json


def write_bundle(bundle: Bundle, golden: Vectors, folder: Path) -> str:
    """Write a bundle to a folder, its manifest last.

    Parameters
    ----------
    bundle : Bundle
        What to write.
    golden : Vectors
        Rows whose exact scores by LightGBM are stored, and asked of the bundle's own walk down the
        trees whenever it is read; at least one.
    folder : Path
        New or empty folder.

    Returns
    -------
    str
        The digest: SHA-256 of the manifest.

    Raises
    ------
    BundleError
        When the folder holds something, or there are no golden rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BundleError(f"{folder} is not empty; write a bundle to a folder of its own")
    if not len(golden):
        raise BundleError(f"{folder}: a bundle needs golden rows to be verified by; give some")
    margins = _by_lightgbm(bundle, golden)
    contents = {
        MODEL: bundle.model_text.encode(),
        GOLDEN: golden_bytes(golden, margins, bundle.probabilities(margins, golden)),
    }
    manifest = {
        "format": FORMAT,
        "project": bundle.project,
        "task": bundle.task.to_json(),
        "tables": [table.to_json() for table in bundle.tables],
        "catalogue": bundle.catalogue.to_json(),
        "schema": bundle.schema.to_json(),
        "calibrator": bundle.calibrator.to_json(),
        "bands": [{"name": band.name, "at_least": band.at_least} for band in bundle.bands],
        "texts": dict(bundle.texts),
        "trained": dict(bundle.trained),
        "files": {name: sha256(content) for name, content in contents.items()},
    }
    if bundle.encodings:
        manifest["encodings"] = [each.to_json() for each in bundle.encodings]
    if bundle.segments is not None:
        manifest["segments"] = bundle.segments.to_json()
    if bundle.contract is not None:
        manifest["contract"] = bundle.contract.to_json()
    if bundle.reasons:
        manifest["reasons"] = dict(bundle.reasons)
    contents[MANIFEST] = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False).encode()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return sha256(contents[MANIFEST])


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle after verifying it.

    Parameters
    ----------
    folder : Path
        Folder that `write_bundle` made.

    Returns
    -------
    Bundle

    Raises
    ------
    BundleError
        When a file is missing, foreign or changed, the manifest is malformed, or the golden rows
        score otherwise than when they were stored.
    """
    manifest, digest = manifest_of(folder)
    contents = files_of(folder, manifest["files"])
    bundle = _from_manifest(manifest, contents[MODEL], digest, folder)
    try:
        require_sound(bundle.model_text, len(bundle.schema.columns))
    except (BundleError, KeyError, ValueError) as error:
        raise BundleError(f"{folder / MODEL} is no sound model: {error}; train again") from None
    _verify_golden(bundle, contents[GOLDEN], folder)
    return bundle


def read_golden(bundle: Bundle, folder: Path) -> Vectors:
    """Read the golden rows of a bundle that `read_bundle` has verified."""
    content = files_of(folder, manifest_of(folder)[0]["files"])[GOLDEN]
    return golden_rows(content, bundle.schema, sources_of(bundle.encodings))[0]


def _from_manifest(manifest: Mapping[str, Any], model: bytes, digest: str, folder: Path) -> Bundle:
    try:
        task = task_from_json(manifest["task"])
        bundle = Bundle(
            project=manifest["project"],
            task=task,
            tables=tuple(table_from_json(each) for each in manifest["tables"]),
            catalogue=Catalogue.from_json(manifest["catalogue"]),
            schema=Schema.from_json(manifest["schema"]),
            calibrator=Calibrator.from_json(manifest["calibrator"]),
            bands=tuple(Band(each["name"], each["at_least"]) for each in manifest["bands"]),
            texts=manifest["texts"],
            trained=manifest["trained"],
            model_text=model.decode(),
            encodings=tuple(
                encoding_from_json(each, task.encode) for each in manifest.get("encodings", [])
            ),
            segments=(
                Segmented.from_json(manifest["segments"]) if "segments" in manifest else None
            ),
            contract=Contract.from_json(manifest["contract"]) if "contract" in manifest else None,
            reasons=Reasons.from_json(manifest.get("reasons", {})).to_json(),
            digest=digest,
        )
        bundle.catalogue.check(bundle.tables)
        _require_bands(bundle.bands)
        made = {each.name for each in bundle.encodings}
        if set(bundle.schema.names) - set(bundle.catalogue.names) - made:
            raise BundleError("the schema names features that the catalogue lacks")
        _require_segments(bundle)
        require_encodings(bundle.encodings, bundle.schema, bundle.catalogue, bundle.tables)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise malformed(folder, repr(error)) from error
    except (ForetellError, RecursionError) as error:
        raise BundleError(
            f"{folder / MANIFEST} does not fit together: {error}; train again"
        ) from error
    return bundle


def _require_bands(bands: tuple[Band, ...]) -> None:
    starts = [band.at_least for band in bands]
    if not starts or starts[-1] != 0 or starts != sorted(starts, reverse=True) or starts[0] > 1:
        raise BundleError(f"bands must fall from 1 or less to 0, came {starts}")


def _require_segments(bundle: Bundle) -> None:
    by = bundle.segments.by if bundle.segments is not None else ""
    schema = bundle.schema
    categories = {schema.names[place] for place in schema.categorical}
    if by and by not in categories | set(sources_of(bundle.encodings)):
        raise BundleError(f"segments are by '{by}', which is no category that the model reads")
    if bundle.contract is not None and bundle.contract.by != by:
        raise BundleError(
            f"the calibration contract is by '{bundle.contract.by}', the segments by '{by}'"
        )


def _by_lightgbm(bundle: Bundle, vectors: Vectors) -> Floats:
    """Score vectors in log-odds by the library itself, on one thread, which fixes the order."""
    import lightgbm

    booster = lightgbm.Booster(model_str=bundle.model_text)
    matrix = bundle.matrix(vectors)
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)


def _verify_golden(bundle: Bundle, content: bytes, folder: Path) -> None:
    try:
        sources = sources_of(bundle.encodings)
        golden, margins, scores = golden_rows(content, bundle.schema, sources)
    except (KeyError, ValueError, TypeError, OSError, NotImplementedError) as error:
        raise BundleError(
            f"{folder / GOLDEN} holds no golden rows of the schema: {error}; train again"
        ) from error
    try:
        rates = encoded(bundle.encodings, golden)
        came = bundle.margins(golden)
        again = bundle.probabilities(came, golden)
    except (ForetellError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{folder / MODEL} does not score: {error}; train again") from error
    for name, values in rates.items():
        if not np.array_equal(values, golden.columns[name], equal_nan=True):
            raise BundleError(
                f"{folder / GOLDEN}: golden rows have another '{name}' than the encodings of the "
                "bundle make; train again"
            )
    if not (np.array_equal(came, margins) and np.array_equal(again, scores)):
        raise BundleError(
            f"{folder / GOLDEN}: {len(golden)} golden rows score otherwise than when the bundle "
            "was written; the numpy or numba on this machine differ from "
            f"{bundle.trained.get('versions')}; install those, or train again"
        )

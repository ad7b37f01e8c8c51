"""What later outcomes said of a bundle is read back whole, segments included."""

from pathlib import Path

from tests.helpers import bundles
from tests.helpers.judged import CONTEXT
from training.bundle.later import as_found, record
from training.production.recorded import found_later


def test_a_contract_by_segments_is_read_back_as_it_was_found(tmp_path: Path) -> None:
    bundle, contract = bundles.learnt()[0], CONTEXT.contract
    assert contract is not None
    assert len(contract.segments) == 2
    assert as_found(tmp_path, bundle) is bundle
    record(tmp_path, bundle, contract)
    found = as_found(tmp_path, bundle).contract
    assert found == contract
    assert found is not None
    assert found.of("south") == "drifting"
    # A model drifts when one of its segments does.
    assert contract.overall.state == "calibrated"
    assert found_later(tmp_path, bundle.digest) == "drifting"

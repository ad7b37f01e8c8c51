"""Files that gates believe: changed ones and ones that nobody recorded are refused."""

from pathlib import Path

import pytest

from features.errors import StateError
from training.production.sealed import require_sealed, seals


def test_a_file_is_believed_as_it_was_recorded_and_not_otherwise(tmp_path: Path) -> None:
    file, other = tmp_path / "scores.parquet", tmp_path / "put-in.parquet"
    file.write_bytes(b"scores")
    other.write_bytes(b"shuffled")
    tags = seals([file], "comparisons")
    require_sealed(tags, "r1", "comparisons/scores.parquet", file)
    with pytest.raises(StateError, match="lies among the files of run r1, whose tags do not know"):
        require_sealed(tags, "r1", "comparisons/put-in.parquet", other)
    file.write_bytes(b"other scores")
    with pytest.raises(StateError, match="was changed since it was recorded"):
        require_sealed(tags, "r1", "comparisons/scores.parquet", file)
    # Nor is one left out that spoke against a version.
    with pytest.raises(StateError, match="of run r1 is gone, and the run's tags"):
        require_sealed(tags, "r1", "comparisons/scores.parquet", None)
    require_sealed(tags, "r1", "comparisons/of-another.parquet", None)
    # Trainings of before sealed nothing.
    require_sealed({"data": "x"}, "r0", "comparisons/put-in.parquet", other)

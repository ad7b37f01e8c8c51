"""What names the rows of a training names their slices too."""

from dataclasses import replace

from tests.training.ready.test_train_ready import ROWS, prepared


def test_the_same_rows_laid_otherwise_have_another_fingerprint() -> None:
    whole = prepared(ROWS)
    assert whole.fingerprint() == prepared(ROWS).fingerprint()
    train = {**whole.splits[0], "train": whole.splits[0]["stop"]}
    others = [
        replace(whole, splits=(train,)),
        replace(whole, earlier=whole.earlier[1:]),
        replace(whole, origins=whole.origins[1:]),
    ]
    assert len({each.fingerprint() for each in (whole, *others)}) == 4

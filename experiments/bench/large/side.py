"""One way to train on a folder of rows, in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from experiments.bench.large.made import PROJECT, TASK, in_memory
from training.config import Config, Params
from training.folds import Rhythm
from training.judge.metrics import roc_auc
from training.large.arrange import prepare_given
from training.large.settings import Large
from training.learn import learn


def main(engine: str, folder: Path, scores: Path, rounds: int, threads: int, seed: int) -> None:
    """Prepare, learn and score; write the scores of the test slice, print the rest as JSON."""
    config = Config(
        rhythm=Rhythm(later=1, origins=1),
        trials=1,
        rounds=rounds,
        patience=rounds,
        params=Params(learning_rate=0.1, num_leaves=31),
        threads=threads,
        seed=seed,
        # No column says what another says, and to find that out takes longer than to learn.
        prune=False,
        large=Large(engine=engine, search_rows=10_000_000, baseline_rows=50_000),
    )
    started, worked = time.perf_counter(), time.process_time()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - started:7.0f} s  {text}", file=sys.stderr, flush=True)

    say("preparing")
    prepared = prepare_given(PROJECT, TASK, folder, config)
    rows = prepared.rows
    if engine == "memory":
        rows = replace(rows, vectors=in_memory(rows.vectors))
    say(f"{len(rows):,} rows x {len(rows.vectors.columns)} columns")
    learned = learn(rows, prepared.splits[0], TASK.recency.name, config, say)
    label = rows.label[learned.test]
    np.savez(scores, scores=learned.scores, label=label, who=rows.vectors.customers[learned.test])
    told = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - worked,
        "auc": roc_auc(label, learned.scores),
        "rows": len(rows),
        "rounds": learned.chosen.rounds,
        "model": sha256(learned.booster.model_to_string().encode()).hexdigest(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:7]))

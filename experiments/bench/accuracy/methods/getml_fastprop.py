"""getML's community engine: FastProp over the raw tables, with a join for each window.

The engine runs on loopback, and is ended with this process. Features are chosen on the train slice;
the learner is the one of every method, not getML's.
"""

from __future__ import annotations

import tempfile
import time

import getml
import pandas as pd

from experiments.bench.accuracy.methods.told import KEYS, Asked, main


def features(asked: Asked) -> pd.DataFrame:
    """Return the features of every row."""
    with tempfile.TemporaryDirectory() as home:
        _launch(home)
        try:
            getml.set_project("accuracy")
            return _made(asked)
        finally:
            getml.engine.shutdown()


def _launch(home: str) -> None:
    try:
        getml.engine.launch(home_directory=home, launch_browser=False, quiet=True)
    except TimeoutError:
        # It gives itself ten seconds, which is little on a busy machine.
        for _ in range(120):
            if getml.engine.is_alive():
                return
            time.sleep(1)
        raise


def _made(asked: Asked) -> pd.DataFrame:
    rows = asked.learnt()
    population = rows[["customer", "time", "label"]].astype({"customer": str, "label": float})
    roles = getml.data.Roles(join_key=["customer"], time_stamp=["time"], target=["label"])
    whole = getml.data.DataFrame.from_pandas(population, "population", roles)
    chosen = population[rows["slice"] == "train"].reset_index(drop=True)
    learnt = getml.data.DataFrame.from_pandas(chosen, "learnt", roles)
    model = getml.data.DataModel(learnt.to_placeholder("population"))
    held = {}
    for name, (table, events) in _sets(asked).items():
        told = asked.told["tables"][table]
        roles = getml.data.Roles(
            join_key=["customer"],
            time_stamp=["at"],
            numerical=told["measures"],
            categorical=told["categories"],
        )
        framed = events.astype({"customer": str}).reset_index(drop=True)
        held[name] = getml.data.DataFrame.from_pandas(framed, name, roles)
        placed = held[name].to_placeholder(name)
        for days in (*asked.windows, None):
            # An event at the cutoff is future: it counts from a second after it.
            model.population.join(
                placed,
                on="customer",
                time_stamps=("time", "at"),
                horizon=getml.data.time.seconds(1),
                memory=None if days is None else getml.data.time.days(days),
            )
    learner = getml.feature_learning.FastProp(
        loss_function=getml.feature_learning.loss_functions.CrossEntropyLoss,
        num_features=400,
        num_threads=1,
    )
    pipe = getml.pipeline.Pipeline(
        data_model=model,
        preprocessors=[getml.preprocessors.Seasonal()],
        feature_learners=[learner],
    )
    pipe.fit(learnt, held, check=False)
    matrix = pd.DataFrame(pipe.transform(whole, held))
    matrix.columns = pd.Index([f"f{place}" for place in range(matrix.shape[1])])
    return asked.with_static(pd.concat([rows[KEYS], matrix], axis=1))


def _sets(asked: Asked) -> dict[str, tuple[str, pd.DataFrame]]:
    found = {table: (table, asked.events(table)) for table in asked.timed()}
    for table in asked.alike():
        found[f"{table}_label"] = (table, asked.label_events(table))
    return found


if __name__ == "__main__":
    main(features)

"""The process that Spark forks its Python workers from, with Foretell already imported."""

from __future__ import annotations

from features.carriers import spark_tasks

__all__ = ["spark_tasks"]

if __name__ == "__main__":
    from pyspark.daemon import manager

    manager()

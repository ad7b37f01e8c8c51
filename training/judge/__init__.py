"""How good a model is on rows it has never met: metrics, intervals, tables behind figures."""

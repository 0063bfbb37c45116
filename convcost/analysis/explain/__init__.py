"""The formulas of a layer, an op, a block, a metric."""

"""The parts that importers share: an importer itself is a reader and a table of operators."""

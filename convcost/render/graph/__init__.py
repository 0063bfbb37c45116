"""A network as a drawn graph: blocks folded as modules are, laid out in layers, written as text."""

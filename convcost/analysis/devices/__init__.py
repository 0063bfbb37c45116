"""Times of a network on a device, from its data sheet: nothing is run."""

"""Questions asked of a Network: its costs, its fields, and whether its claims hold."""

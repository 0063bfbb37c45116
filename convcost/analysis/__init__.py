"""What is asked of a Network: costs, fields, and whether its claims hold."""

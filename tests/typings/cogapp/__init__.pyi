from collections.abc import Sequence

class Cog:
    def main(self, argv: Sequence[str]) -> int: ...

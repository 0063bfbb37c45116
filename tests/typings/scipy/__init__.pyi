from typing import Any

ndimage: Any
optimize: Any
signal: Any
special: Any

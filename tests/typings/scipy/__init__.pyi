from typing import Any

ndimage: Any
signal: Any
special: Any

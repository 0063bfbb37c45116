from typing import Any

GraphOptimizationLevel: Any
InferenceSession: Any
SessionOptions: Any

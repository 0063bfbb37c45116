"""The packages: those that are found, and the specs, which lie beside the code as data of one."""

from pathlib import Path

from setuptools import find_namespace_packages, setup

SPECS = Path("specs")
FOLDERS = ["", *(f".{path.name}" for path in sorted(SPECS.iterdir()) if path.is_dir())]

setup(
    packages=[
        *find_namespace_packages(include=["convcost*"]),
        *(f"convcost.specs{folder}" for folder in FOLDERS),
    ],
    package_dir={"convcost.specs": "specs"},
    package_data={f"convcost.specs{folder}": ["*.yaml"] for folder in FOLDERS},
)

"""Pack what the build made into a wheel; `make wheel` runs this in the build's python folder."""

from setuptools import Distribution, setup


class BinaryDistribution(Distribution):
    """The engine is for one interpreter and one platform, and so is the wheel."""

    def has_ext_modules(self):
        return True


setup(
    name="tieout",
    version="0.1.0",
    description="Read, compare and explain runs of trading systems",
    license="see LICENSE",
    packages=["tieout"],
    package_data={"tieout": ["_core*.so", "libduckdb.so", "*.pyi", "py.typed"]},
    python_requires=">=3.11,<3.12",
    install_requires=["numpy", "pandas>=1.5"],
    extras_require={"plots": ["matplotlib"]},
    distclass=BinaryDistribution,
)

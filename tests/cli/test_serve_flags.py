"""`slipway serve` takes tensorflow_model_server's flags beside its own options; nothing that is typed is ignored."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app


def refused(*arguments: str) -> str:
    """The message of what was refused before any model was looked at; the exit code is that of bad usage."""
    result = CliRunner().invoke(app, ["serve", *arguments])
    error = result.exception
    if isinstance(error, SystemExit):  # click's own
        assert error.code == 2
        return result.output
    assert getattr(error, "exit_code", None) == 2, result.output
    return str(error)


def test_an_unknown_flag_is_refused() -> None:
    assert "No such option: --model_base_paths" in refused("--port=1", "--model_base_paths=/m")


@pytest.mark.parametrize("flag", ["--port=1", "--rest-api-port=1", "--enable_batching"])
def test_flags_without_a_model_are_refused_as_there(flag: str) -> None:
    assert refused(flag) == (
        "Failed to start server. Error: INVALID_ARGUMENT: "
        "Both server_options.model_base_path and server_options.model_config_file are empty!"
    )


@pytest.mark.parametrize("option", ["--models=/m", "--versions=all", "--registry=/r"])
def test_what_the_configuration_file_says_is_not_said_beside_it(option: str) -> None:
    name = option.partition("=")[0]
    assert refused("--model-config-file=/models.config", option) == (
        f"{name} beside --model-config-file: received both; "
        f"the file says which models and versions are served, so leave {name} out"
    )
    assert refused("--model_config_file=/models.config", option).startswith(f"{name} beside --model_config_file: ")


def test_slipways_options_beside_flags_are_refused_where_a_flag_says_the_same(tmp_path: Path) -> None:
    assert refused(f"--model_base_path={tmp_path}", "--rest-port", "8501") == (
        "--rest-port beside --model_base_path: received both; "
        "beside TensorFlow Serving's flags say --rest_api_port, or leave these out"
    )


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(app, ["serve", "--version"])
    assert result.exit_code == 0 and result.output.startswith("slipway ")


def test_the_help_names_where_the_flags_are() -> None:
    assert "docs/model_server.md lists them" in " ".join(CliRunner().invoke(app, ["serve", "--help"]).output.split())

"""Where Beam runs (pipelines.beam.runners), and its habits that make a small step slow on one machine.

Beam inspects the same functions and parses the same options some hundred thousand times while it builds and runs a TFX step,
which is most of a small step's time. Neither answer changes, so both are kept. And it spreads a frequent key over workers that
are not there.
"""

import functools
from collections.abc import Callable
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner, worker_handlers
from apache_beam.transforms import core

from pipelines.beam.runners import LOCAL_ARGS, arguments, from_environment

__all__ = ["LOCAL_ARGS", "arguments", "from_environment", "speed_up"]


def speed_up() -> None:
    """Makes Beam inspect each function once, parse the options of each class once, and combine once, in this process."""
    if not hasattr(core.get_function_args_defaults, "__wrapped__"):
        core.get_function_args_defaults = _remembered_signatures(core.get_function_args_defaults)
        PipelineOptions.view_as = _remembered_view_as(PipelineOptions.view_as)
        spread = core._CombinePerKeyWithHotKeyFanout
        spread.expand = _only_among_workers(spread.expand)
        # Side inputs come from this process; caching them measures each one's deep size by a walk over all modules.
        worker_handlers.STATE_CACHE_SIZE_MB = 0


def _remembered_signatures(inspect_function: Callable[[Any], tuple[list[str], list[Any]]]) -> Callable[[Any], Any]:
    cache: dict[Any, tuple[list[str], list[Any]]] = {}

    @functools.wraps(inspect_function)
    def get_function_args_defaults(function: Any) -> tuple[list[str], list[Any]]:
        # A bound method is a new object at every access; its function and whether it is bound decide the signature.
        key = (getattr(function, "__func__", function), hasattr(function, "__self__"))
        try:
            arguments, defaults = cache[key]
        except KeyError:
            arguments, defaults = cache[key] = inspect_function(function)
        except TypeError:  # not hashable
            return inspect_function(function)
        return list(arguments), list(defaults)

    return get_function_args_defaults


def _remembered_view_as(view_as: Callable[[Any, type], Any]) -> Callable[[Any, type], Any]:
    parsed: dict[tuple[type, tuple[str, ...]], dict[str, Any]] = {}

    @functools.wraps(view_as)
    def remembering_view_as(options: PipelineOptions, cls: Any) -> Any:
        key = (cls, tuple(options._flags or ()))
        known = parsed.get(key)
        # All views share one dict of values. Where it has all of the class's options, parsing adds nothing to it.
        if known is None or not known.keys() <= options._all_options.keys():
            view = view_as(options, cls)
            parsed[key] = vars(view)["_visible_options"].__dict__
            return view
        view = cls.__new__(cls)
        vars(view).update(
            _flags=options._flags,
            _visible_options=type(vars(options)["_visible_options"])(**known),
            _all_options=options._all_options,
        )
        return view

    return remembering_view_as


def _only_among_workers(expand: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The expansion of ``CombinePerKey(...).with_hot_key_fanout(...)``, which combines twice, and in between writes and reads
    what has been counted: megabytes of TFDV's thousand columns. In one process it combines once.
    """

    @functools.wraps(expand)
    def expand_among_workers(combine: Any, values: Any) -> Any:
        if isinstance(values.pipeline.runner, FnApiRunner):
            return values | core.CombinePerKey(combine._combine_fn)
        return expand(combine, values)

    return expand_among_workers

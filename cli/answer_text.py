"""What ``slipway predict`` shows people: an answer, or where the answers to a file went, in a few lines."""

from typing import Any

_SHOWN_CLASSES = 5


def of_one(answer: dict[str, Any]) -> str:
    """An answer as ``prediction.local_model.LocalModel.answer`` gives it; of its classes the most probable ones."""
    output = answer["output"]
    if "value" in output:
        return f"value:      {output['value']:.6g}\nmodel:      {_model(answer)}"
    ranked = sorted(output["probabilities"].items(), key=lambda item: -item[1])[:_SHOWN_CLASSES]
    others = ", ".join(f"{name} {p:.1%}" for name, p in ranked)
    return (
        f"class:      {output['class']}\nconfidence: {output['confidence']:.1%}   ({others})\n"
        f"model:      {_model(answer)}"
    )


def of_file(summary: dict[str, Any], where: str) -> str:
    """A summary as ``prediction.files.batch.run`` gives it; ``where`` says what the rate includes, or who was asked."""
    rate = summary["rows"] / summary["seconds"]
    rows = f"{summary['rows']:,} in {summary['seconds']:.1f} s ({rate:,.0f} rows/s, {where})"
    return f"rows:       {rows}\nwritten to: {summary['out']}\nmodel:      {_model(summary)}"


def _model(answer: dict[str, Any]) -> str:
    return f"{answer['model']} {answer['version']} ({answer['serving_version']})"

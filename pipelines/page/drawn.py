"""A page whose model is replaced by a drawn graph; light to import, Keras is loaded by the function."""

import dataclasses
import os
from pathlib import Path

from pipelines.page.resolution import with_domains
from pipelines.spec import Pipeline
from schemas import events, graphs
from schemas.models import Graph
from schemas.quiet import output_to


def with_graph(pipeline: Pipeline, file: Path | None) -> Pipeline:
    """The page with the graph of a file as its model; as it is without a file.

    That it fits the dataset is checked here, as far as it can be before the data is read. Which inputs it does not read is
    published as a note.

    Raises:
      InputError: the file cannot be read, is no Keras model, or has a layer that is not allowed.
      SpecError: the graph does not fit the dataset.
    """
    if file is None:
        return pipeline
    config = graphs.read(file)
    with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
        from components.training.graphs import reading, writing
        from components.training.models import graph

        spec = Graph(writing.canonical(reading.graph(config, pipeline.name)))
        unread = graph.check(spec, with_domains(pipeline).description)
    if unread:
        events.publish(events.Note(f"the graph does not read {', '.join(unread)}"))
    return dataclasses.replace(pipeline, model=spec)

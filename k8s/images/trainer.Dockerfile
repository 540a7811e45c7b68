# Runs pipelines: `python -m cli.node` in the pods of a run, and every command of slipway. From the root of the repository:
#   docker build -f k8s/images/trainer.Dockerfile -t slipway-trainer:0.1.0 .
#   docker build -f k8s/images/trainer.Dockerfile -t slipway-trainer-gpu:0.1.0 --build-arg LOCK=trainer-gpu.lock .
# A newer base: docker buildx imagetools inspect python:3.11-slim-bookworm
ARG PYTHON_IMAGE=python:3.11.16-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON_IMAGE} AS build
ARG LOCK=trainer.lock
WORKDIR /src
COPY k8s/images/build.sh ./
RUN ./build.sh compiler
COPY requirements-uv.lock k8s/images/${LOCK} ./
RUN ./build.sh packages ${LOCK} /opt/venv
COPY slipway.py /app/
COPY cli /app/cli
COPY schemas /app/schemas
COPY registry /app/registry
COPY prediction /app/prediction
COPY analysis /app/analysis
COPY components /app/components
COPY reports /app/reports
COPY pipelines /app/pipelines
COPY serving /app/serving
COPY studio /app/studio
RUN ./build.sh program /app

FROM ${PYTHON_IMAGE}
# First, so that the trainer's and the studio's images have one layer of packages between them.
COPY --from=build /opt/venv /opt/venv
ARG LOCK=trainer.lock
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="slipway-trainer" \
      org.opencontainers.image.description="TFX pipelines, one node or group of nodes a process" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      slipway.lock="${LOCK}"
COPY --from=build /app /app
# Nothing is written but to volumes: /tmp takes what libraries keep in a home. USER is a name for those that ask for one,
# as the numeric user below has none.
ENV PATH="/app/bin:/opt/venv/bin:${PATH}" \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    TMPDIR=/tmp \
    XDG_CACHE_HOME=/tmp/.cache \
    XDG_CONFIG_HOME=/tmp/.config \
    MPLCONFIGDIR=/tmp/matplotlib \
    KERAS_HOME=/tmp/keras \
    USER=slipway \
    SLIPWAY_HOME=/mnt/slipway/home \
    SLIPWAY_DATA=/mnt/slipway/data \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /app
USER 1000:1000
ENTRYPOINT ["slipway"]
CMD ["list"]

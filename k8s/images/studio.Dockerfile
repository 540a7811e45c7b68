# The studio: its server, and the pipelines that it starts beside itself. Its web page is built first (Node 20.19 or newer).
# From the root of the repository:
#   make studio
#   docker build -f k8s/images/studio.Dockerfile -t slipway-studio:0.1.0 .
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
# Without the built page the image would start and show nothing: this fails where it is missing.
COPY studio/static /app/studio/static
RUN ./build.sh program /app

FROM ${PYTHON_IMAGE}
# First, so that the trainer's and the studio's images have one layer of packages between them.
COPY --from=build /opt/venv /opt/venv
ARG LOCK=trainer.lock
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="slipway-studio" \
      org.opencontainers.image.description="A Keras graph drawn, trained and asked in a web page" \
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
EXPOSE 8090
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8090/healthz', timeout=2)"]
ENTRYPOINT ["slipway"]
CMD ["studio", "--host=0.0.0.0", "--port=8090"]

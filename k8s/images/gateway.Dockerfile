# The gateway alone, without TensorFlow. From the root of the repository:
#   docker build -f k8s/images/gateway.Dockerfile -t slipway-gateway:0.1.0 .
# A newer base: docker buildx imagetools inspect python:3.11-slim-bookworm
ARG PYTHON_IMAGE=python:3.11.16-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements-uv.lock k8s/images/build.sh k8s/images/gateway.lock ./
RUN ./build.sh packages gateway.lock /opt/venv
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
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="slipway-gateway" \
      org.opencontainers.image.description="HTTP and JSON in front of TensorFlow Serving" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Nothing is written but to volumes: /tmp takes what uploads spill.
ENV PATH="/app/bin:/opt/venv/bin:${PATH}" \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    TMPDIR=/tmp
WORKDIR /app
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["slipway"]
CMD ["gateway", "--host=0.0.0.0", "--upstream=model-server:8500", "--models=/models", "--keys=/keys/gateway_keys.json"]

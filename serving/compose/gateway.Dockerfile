# The gateway alone, without TensorFlow; built from the root of the repository by serving/compose.yaml.
ARG PYTHON_VERSION=3.11
FROM python:${PYTHON_VERSION}-slim
WORKDIR /app
COPY requirements.lock serving/gateway/requirements.txt ./
# The lock is of the whole product: its versions are taken, and of its packages those that the gateway needs.
RUN sed -n 's/^\([A-Za-z0-9._-]*==[^ ;]*\).*/\1/p' requirements.lock > constraints.txt \
 && pip install --no-cache-dir --compile -r requirements.txt -c constraints.txt
COPY slipway.py ./
COPY schemas schemas
COPY serving serving
RUN python -m compileall -q slipway.py schemas serving
USER 1000
ENTRYPOINT ["python", "slipway.py"]

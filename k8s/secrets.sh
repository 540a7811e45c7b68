#!/bin/sh
# k8s/secrets.sh NAMESPACE [HOST]: makes the Secrets that the manifests name and that no file may hold. One that is there is kept.
#   slipway-metadata         password of the database
#   slipway-gateway-keys     API keys of the gateways: `admin`, whose key is printed this once, `prometheus` and `studio`
#   slipway-gateway-metrics  the key of prometheus
#   slipway-studio           the key of the studio, and the token that it asks people for, which is printed this once
#   slipway-tls              with HOST only: a certificate that signs itself, for clusters without cert-manager
# Needs kubectl, openssl and the command `slipway` (or $SLIPWAY, such as ".venv/bin/slipway").
set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: k8s/secrets.sh NAMESPACE [HOST]" >&2
    exit 2
fi
namespace=$1 host=${2:-}
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

exists() {
    [ -n "$(kubectl --namespace "$namespace" get secret "$1" --ignore-not-found --output name)" ]
}
make() {
    kubectl --namespace "$namespace" create secret "$@"
}

if ! exists slipway-metadata; then
    openssl rand -hex 24 | tr -d '\n' >"$folder/password"
    make generic slipway-metadata --from-file=password="$folder/password"
fi
if ! exists slipway-gateway-keys; then
    keys=$folder/gateway_keys.json
    admin=$(${SLIPWAY:-slipway} keys add admin --keys "$keys")
    ${SLIPWAY:-slipway} keys add prometheus --keys "$keys" | tr -d '\n' >"$folder/token"
    kubectl --namespace "$namespace" delete secret slipway-gateway-metrics --ignore-not-found
    make generic slipway-gateway-metrics --from-file=token="$folder/token"
    ${SLIPWAY:-slipway} keys add studio --keys "$keys" | tr -d '\n' >"$folder/api-key"
    openssl rand -hex 24 | tr -d '\n' >"$folder/studio"
    kubectl --namespace "$namespace" delete secret slipway-studio --ignore-not-found
    make generic slipway-studio --from-file=token="$folder/studio" --from-file=api-key="$folder/api-key"
    make generic slipway-gateway-keys --from-file=gateway_keys.json="$keys"
    echo "the token of the studio, shown this once: $(cat "$folder/studio")"
    echo "the key of admin, shown this once: $admin"
fi
if [ -n "$host" ] && ! exists slipway-tls; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
        -keyout "$folder/tls.key" -out "$folder/tls.crt" 2>/dev/null
    make tls slipway-tls --cert="$folder/tls.crt" --key="$folder/tls.key"
fi

#!/bin/bash
# models.sh LIST FILE [SECONDS]: writes LIST, a model_config_list with a model on each line, to FILE without the models that
# have no version yet, and again whenever that changes. TensorFlow Serving opens its ports when every model of its list is
# loaded: a model that nobody has trained yet would keep all others from being served.
set -euo pipefail
shopt -s nullglob

has_version() {
    local folder
    for folder in "$1"/*/; do
        [[ $(basename "$folder") =~ ^[0-9]+$ ]] && return
    done
    return 1
}

present() {
    local line
    while IFS= read -r line || [[ -n $line ]]; do
        if [[ ! $line =~ base_path:\ *\"([^\"]+)\" ]] || has_version "${BASH_REMATCH[1]}"; then
            printf '%s\n' "$line"
        fi
    done <"$1"
}

list=$1 file=$2 seconds=${3:-2} before=
trap 'exit 0' TERM
while true; do
    now=$(present "$list")
    if [[ $now != "$before" ]]; then
        printf '%s\n' "$now" >"$file.part"
        mv "$file.part" "$file"
        before=$now
        echo "models: $(grep -o 'name: *"[^"]*"' <<<"$now" | cut -d'"' -f2 | paste -sd' ' || true)"
    fi
    sleep "$seconds" &
    wait $!
done

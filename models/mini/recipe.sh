#!/bin/sh
# The shipped student from the bare encoder: sh models/mini/recipe.sh CORPORA STUDENT DEVICE, in the repository's root.
# The first run took seven minutes on a large GPU; the others took three hours on two CPU cores. The configs say where
# the shipped weights' runs differ; the labels grew meanwhile (`labels/README.md`).
set -eu
corpora=$1 student=$2 device=${3:-cuda}
train() { hybrid-ner train --config "models/mini/$1" --data "$corpora" --output "$2" --device "$device" --workers 5; }

train train.yaml runs/first
train stages/longer.yaml runs/longer
train stages/typed.yaml runs/typed
hybrid-ner average runs/typed runs/first --output runs/mean
train stages/nearest.yaml runs/nearest
train stages/labels.yaml runs/labels
hybrid-ner average runs/labels runs/nearest --share 0.6 --share 0.4 --output runs/soup
train stages/documents.yaml runs/documents
hybrid-ner average runs/documents runs/soup --share 0.7 --share 0.3 --output runs/mini
hybrid-ner export runs/mini "$student"                  # refused where it finds other spans than PyTorch does
python -m evaluation calibrate "$student" --data "$corpora" --no-look

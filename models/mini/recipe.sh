#!/bin/sh
# The shipped student from the bare encoder: sh models/mini/recipe.sh CORPORA STUDENT, in the repository's root. Ten minutes
# on a large GPU, far longer on a CPU (--device cpu). `train.yaml`, beside this file, says how the shipped weights differ.
set -eu
corpora=$1 student=$2

hybrid-ner train --config models/mini/train.yaml --data "$corpora" --output runs/mini --device cuda --workers 5
hybrid-ner export runs/mini "$student"                  # refused where it finds other spans than PyTorch does
python -m evaluation calibrate "$student" --data "$corpora" --no-look

#!/bin/sh
# The shipped student from the bare encoder: sh models/mini/recipe.sh CORPORA STUDENT, in the repository's root. Ten minutes
# on a large GPU and two hours on two cores. The configs, beside this file, say how the shipped weights differ.
set -eu
corpora=$1 student=$2

hybrid-ner train --config models/mini/train.yaml --data "$corpora" --output runs/first --device cuda --workers 5
hybrid-ner train --config models/mini/second.yaml --data "$corpora" --output runs/on-labels
hybrid-ner train --config models/mini/third.yaml --data "$corpora" --output runs/mini
hybrid-ner export runs/mini "$student"                  # refused where it finds other spans than PyTorch does
python -m evaluation calibrate "$student" --data "$corpora" --no-look

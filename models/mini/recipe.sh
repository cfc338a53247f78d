#!/bin/sh
# The shipped student from the bare encoder: sh models/mini/recipe.sh CORPORA STUDENT, in the repository's root.
# Seven hours and fifty minutes on one CPU core; the two runs of a step can go side by side. Each config says how long its
# run took and which of the teacher's labels were there by then: with all of them from the start the student will be another.
set -eu
corpora=$1 student=$2

train() { hybrid-ner train --config "models/mini/$1.yaml" --data "$corpora" --output "runs/$1"; }

for step in first second third fourth fourth-other; do train $step; done
hybrid-ner average runs/fourth runs/fourth-other runs/second --share 0.35 --share 0.35 --share 0.3 -o runs/fourth-average
for step in fifth fifth-other sixth sixth-other; do train $step; done
hybrid-ner average runs/sixth runs/sixth-other --share 0.5 --share 0.5 -o runs/sixth-average
train train
hybrid-ner average runs/train runs/sixth-average runs/fifth runs/fourth-average \
  --share 0.3 --share 0.3 --share 0.2 --share 0.2 -o runs/mini
hybrid-ner export runs/mini "$student"                  # refused where it finds other spans than PyTorch does

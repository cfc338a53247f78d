"""Tuning runs: they learn, they resume to the same weights, and leave an ordinary checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from hybrid_ner.cli import cli
from hybrid_ner.conversations.build import Recipe, conversations
from hybrid_ner.conversations.labelled import read_labelled
from hybrid_ner.conversations.negatives import Negatives
from hybrid_ner.conversations.template import load_template
from hybrid_ner.errors import InputError, ModelError, UsageError
from hybrid_ner.generative.config import TuneConfig
from hybrid_ner.generative.data import read_conversations
from hybrid_ner.generative.tune import tune
from tests.generative import tiny

CONFIG = TuneConfig(
    scratch={**tiny.SHAPE, "vocab_size": 350},
    max_tokens=256,
    steps=6,
    batch_rows=2,
    rate=5e-3,
    save_every=2,
    holdout=0.2,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    passages = list(read_labelled(tiny.labelled(folder / "labelled.jsonl")))
    records = conversations(passages, load_template(), Negatives(passages), Recipe())
    path = folder / "conversations.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    return tune(CONFIG, data, tmp_path_factory.mktemp("runs") / "whole")


def weights(folder):
    return load_file(folder / "model.safetensors")


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_the_loss_falls_and_the_folder_is_a_checkpoint_that_says_how_it_is_asked(run):
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    losses = [line["eval_loss"] for line in log if "eval_loss" in line]
    assert losses[-1] < losses[0]
    names = {path.name for path in run.iterdir()}
    assert names >= {"config.json", "model.safetensors", "tokenizer.json", "hybrid_ner.json", "record.json"}
    assert not names & {"checkpoints", "training_args.bin"}
    assert json.loads((run / "hybrid_ner.json").read_text())["template"] == "uniner-type"
    record = json.loads((run / "record.json").read_text())
    assert (record["steps"], record["conversations"], record["template"]) == (6, 16, "uniner-type/1")
    assert record["held_out_loss"] == pytest.approx(losses[-1])


def test_an_interrupted_run_that_is_resumed_ends_with_the_same_weights_and_log(run, data, tmp_path, monkeypatch):
    from hybrid_ner.generative import tune as module

    class Stop(module._Log):
        def on_step_end(self, args, state, control, **_):
            if state.global_step == 5:
                raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_Log", Stop)
        with pytest.raises(KeyboardInterrupt):
            tune(CONFIG, data, tmp_path / "run")
    with pytest.raises(UsageError, match="go on with --resume"):
        tune(CONFIG, data, tmp_path / "run")
    with pytest.raises(UsageError, match="another config or other data"):
        tune(replace(CONFIG, rate=1.0), data, tmp_path / "run", resume=True)
    (tmp_path / "run" / "checkpoints" / "checkpoint-99").mkdir()  # as a run leaves it that is killed while it saves
    resumed = tune(CONFIG, data, tmp_path / "run", resume=True)
    assert same(weights(resumed), weights(run))
    assert (resumed / "log.jsonl").read_text() == (run / "log.jsonl").read_text()
    written = (resumed / "model.safetensors").stat().st_mtime_ns
    assert tune(CONFIG, data, tmp_path / "run", resume=True) == resumed
    assert (resumed / "model.safetensors").stat().st_mtime_ns == written


def test_packing_changes_where_examples_stand_and_not_what_is_learned(data, tmp_path):
    """One step over all the data at once: its gradient is the same packed or not, up to the order of sums."""
    whole = replace(CONFIG, steps=1, batch_rows=64, holdout=0.0, save_every=99, rate=1e-3)
    packed = weights(tune(whole, data, tmp_path / "packed"))
    apart = weights(tune(replace(whole, packing=False), data, tmp_path / "apart"))
    # Adam's first step is the gradient's sign: equal weights mean that no gradient turned round.
    for name in packed:
        agree = torch.isclose(packed[name], apart[name], atol=1e-5).float().mean()
        assert agree > 0.99, name


def test_lora_in_bf16_with_checkpointing_leaves_merged_weights_of_the_same_shape(data, tmp_path):
    base = tiny.save(tmp_path / "base")
    config = replace(
        CONFIG,
        scratch={},
        model=str(base),
        lora={"r": 4, "lora_alpha": 8},
        precision="bf16",
        gradient_checkpointing=True,
        steps=2,
        accumulate=2,
        rate=5e-2,
    )
    tuned, before = weights(tune(config, data, tmp_path / "run")), weights(base)
    assert tuned.keys() == before.keys()
    changed = [name for name in before if not torch.equal(tuned[name], before[name].bfloat16())]
    assert len(changed) == 14 and all("_proj" in name for name in changed)


def test_the_commands_lead_from_labelled_passages_to_an_evaluated_student(tmp_path):
    labelled = tiny.labelled(tmp_path / "labelled.jsonl")
    (tmp_path / "tune.yaml").write_text(
        f"scratch: {json.dumps(CONFIG.scratch)}\nmax_tokens: 256\nsteps: 2\nrate: 1e-3\npassage_tokens: 64\n"
    )

    def done(*arguments):
        result = CliRunner().invoke(cli, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
        return result.stdout

    talk, student = tmp_path / "c.jsonl", tmp_path / "student"
    said = done("conversations", labelled, "--output", talk, "--negatives", 1, "--sampling", "nearest")
    assert "16 passages, 16 conversations, 32 questions" in said
    done("tune", "--config", tmp_path / "tune.yaml", "--data", talk, "--output", student, "--quiet")
    (tmp_path / "gold.jsonl").write_text("".join(labelled.read_text().splitlines(keepends=True)[:2]))
    report = json.loads(
        done("evaluate", tmp_path / "gold.jsonl", "--types", "person,city", "--student", student, "--format", "json")
    )
    assert report["documents"] == 2 and report["gold"] == 6


def test_universalners_own_layout_is_read_as_a_list_too(tmp_path, data):
    records = [json.loads(line) for line in data.read_text().splitlines()]
    for record in records:
        del record["template"]
    path = tmp_path / "train.json"
    path.write_text(json.dumps(records))
    assert [turns for _, turns in read_conversations(path)] == [turns for _, turns in read_conversations(data)]


@pytest.mark.parametrize("record", ["{}", "[1]", '{"conversations": [{"from": "human", "value": "x"}]}', "{"])
def test_a_record_that_is_no_conversation_is_named(tmp_path, record, data):
    path = tmp_path / "c.jsonl"
    path.write_text(data.read_text().splitlines()[0] + "\n" + record + "\n")
    with pytest.raises(InputError, match=r"c\.jsonl, line 2"):
        list(read_conversations(path))


def test_when_config_or_data_do_not_fit_then_it_says_why(tmp_path, data):
    with pytest.raises(UsageError, match="not both"):
        TuneConfig()
    with pytest.raises(UsageError, match="fp32, bf16"):
        replace(CONFIG, precision="fp8")
    with pytest.raises(UsageError, match="the template 'uniner-type', the config says 'all-in-one'"):
        tune(replace(CONFIG, template="all-in-one"), data, tmp_path / "a")
    with pytest.raises(UsageError, match="16 too long"):
        tune(replace(CONFIG, max_tokens=20), data, tmp_path / "b")
    with pytest.raises(ModelError, match="cannot load the base model"):
        tune(replace(CONFIG, scratch={}, model=str(tmp_path)), data, tmp_path / "c")
    with pytest.raises(UsageError, match="unknown settings"):
        tune(replace(CONFIG, scratch={"layers": 2}), data, tmp_path / "d")
    (tmp_path / "tune.yaml").write_text("model: x\nlearning_rate: 1\n")
    with pytest.raises(UsageError, match="learning_rate"):
        TuneConfig.load(tmp_path / "tune.yaml")


@pytest.mark.parametrize("name", ["tiny", "7b-lora"])
def test_the_configs_among_the_examples_can_be_read(name):
    path = Path(__file__).parents[2] / "examples" / "generative" / f"{name}.yaml"
    assert TuneConfig.load(path).max_tokens >= 512

"""Throughput and memory of generative students by architecture: random weights in the right shapes, real decoding.

What is measured does not depend on what weights say, except the length of answers, which random weights do not bring
to an end: every answer is as long as `--answer-tokens` says. An empty list takes about 3 tokens, two names about 12.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from evaluation.bench.texts import documents, type_names
from evaluation.results import provenance, write_results
from hybrid_ner.schema import EntityType


def _shape(hidden: int, intermediate: int, layers: int, heads: int, vocabulary: int = 32_000) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "vocab_size": vocabulary,
    }


# LLaMA-7B's and 13B's shapes, the ones UniNER's checkpoints have; tiny is for trying the command out.
SIZES = {
    "tiny": _shape(128, 352, 2, 4, vocabulary=2000),
    "7b": _shape(4096, 11008, 32, 32),
    "13b": _shape(5120, 13824, 40, 40),
}


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked: passages of about `words` words, each for `types` types, answers of `answer_tokens` tokens."""

    passages: int
    words: int
    rows: int
    answer_tokens: int


def measure(model: Any, tokenizer: Any, types: Sequence[str], load: Load, *, reuse: bool) -> dict[str, Any]:
    """One row of the table: the passages' time after a warming-up on one of them, and the memory it took."""
    import torch

    from hybrid_ner.conversations.template import load_template
    from hybrid_ner.generative.decode import Decoder
    from hybrid_ner.generative.encoding import ConversationEncoder

    template = load_template()
    encoder = ConversationEncoder(tokenizer, template)
    decoder = Decoder(model, tokenizer, template.answers, rows=load.rows, answer_tokens=load.answer_tokens, reuse=reuse)
    texts = documents(load.passages, load.words)
    openings = [encoder.opening(text) for text in texts]
    questions = [encoder.question(q.text) for q in template.questions([EntityType(name) for name in types])]
    cuda = next(model.parameters()).is_cuda
    list(decoder.answers(openings[:1], questions))
    if cuda:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    began = time.perf_counter()
    written = [answer for row in decoder.answers(openings, questions) for answer in row]
    if cuda:
        torch.cuda.synchronize()
    seconds = time.perf_counter() - began
    return {
        "types": len(types),
        "reuse": reuse,
        "seconds_a_passage": round(seconds / len(texts), 4),
        "questions_a_second": round(len(written) / seconds, 2),
        "words_a_second": round(sum(len(text.split()) for text in texts) / seconds, 1),
        "written_tokens_a_second": round(sum(len(answer.tokens) for answer in written) / seconds, 1),
        "prompt_tokens": round(sum(map(len, openings)) / len(texts) + sum(map(len, questions)) / len(questions)),
        "peak_memory_gib": round(_peak_bytes(cuda) / 2**30, 2),
    }


def run(size: str, device: str, dtype: str, types: Sequence[int], load: Load) -> dict[str, Any]:
    """All rows: every number of types, with and without computing a passage once for all its questions."""
    import torch

    from hybrid_ner.generative.scratch import build_tokenizer

    tokenizer = build_tokenizer(documents(200, load.words), SIZES[size]["vocab_size"])
    model = _random_model(size, device, getattr(torch, dtype))
    rows = []
    for count in types:
        for reuse in (True, False):
            rows.append(measure(model, tokenizer, type_names(count), load, reuse=reuse))
            click.echo(_line(rows[-1]), err=True)
    name = torch.cuda.get_device_name() if device.startswith("cuda") else "cpu"
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    return {
        "kind": "bench-generative",
        "size": size,
        "device": name,
        "dtype": dtype,
        "parameters": sum(p.numel() for p in model.parameters()),
        "weights_gib": round(weights / 2**30, 2),
        "load": {"passages": load.passages, "words": load.words, "rows": load.rows, "answer": load.answer_tokens},
        "rows": rows,
    }


def _random_model(size: str, device: str, dtype: Any) -> Any:
    """Weights drawn where they are used: 7 billion of them do not travel."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            config = LlamaConfig(**SIZES[size], max_position_embeddings=2048)
            return LlamaForCausalLM(config).eval()
    finally:
        torch.set_default_dtype(usual)


def _peak_bytes(cuda: bool) -> int:
    """On CUDA of this measurement; on a CPU of the process so far."""
    if cuda:
        import torch

        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _line(row: dict[str, Any]) -> str:
    how = "passage once" if row["reuse"] else "every prompt whole"
    return (
        f"{row['types']:3} types, {how:18}  {row['seconds_a_passage']:8.3f} s a passage  "
        f"{row['words_a_second']:9.1f} words/s  {row['questions_a_second']:8.1f} questions/s  "
        f"{row['peak_memory_gib']:6.2f} GiB"
    )


@click.command("bench-generative")
@click.option("--size", type=click.Choice(list(SIZES)), default="7b", show_default=True)
@click.option("--device", default="cuda", show_default=True)
@click.option("--dtype", type=click.Choice(["bfloat16", "float16", "float32"]), default="bfloat16", show_default=True)
@click.option("--types", "counts", default="1,7,25", show_default=True, help="Numbers of types.")
@click.option("--passages", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--words", type=click.IntRange(min=1), default=120, show_default=True, help="A passage, about.")
@click.option("--rows", type=click.IntRange(min=1), default=32, show_default=True, help="Answered together.")
@click.option("--answer-tokens", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Results file (JSON) to write.")
def bench_generative(
    size: str, device: str, dtype: str, counts: str, output: Path | None, answer_tokens: int, **load: int
) -> None:
    """Throughput of a language model's architecture with and without computing each passage once; random weights."""
    if not all(count.strip().isdigit() for count in counts.split(",")):
        raise click.UsageError(f"--types {counts!r}: expected numbers with commas, such as 1,7,25")
    types = [int(count) for count in counts.split(",")]
    measured = run(size, device, dtype, types, Load(**load, answer_tokens=answer_tokens))
    click.echo(f"{size}, {measured['parameters']:,} parameters, {measured['weights_gib']} GiB, {dtype}, {device}")
    click.echo("\n".join(map(_line, measured["rows"])))
    if output is not None:
        write_results(output, {**measured, **provenance(sys.argv[1:])})

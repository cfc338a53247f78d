"""A small LLaMA from nothing: a vocabulary trained on the conversations, weights drawn by the seed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hybrid_ner.errors import UsageError

SPECIAL = ("<unk>", "<s>", "</s>")
_DEFAULTS = {
    "vocab_size": 2000,
    "hidden_size": 256,
    "intermediate_size": 704,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": True,
}


def build_tokenizer(texts: Iterable[str], size: int) -> Any:
    """A byte-level BPE tokenizer of transformers, at most `size` tokens, that begins texts with <s>.

    Digits are tokens of their own, as in LLaMA's vocabulary: numbers are copied digit by digit.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<unk>"
    )


def build_model(tokenizer: Any, settings: dict[str, Any], seed: int) -> Any:
    """A `LlamaForCausalLM` with drawn weights.

    Args:
        settings: fields of `LlamaConfig`.

    Raises:
        UsageError: a field it does not have, or values that do not fit together.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    unknown = set(settings) - set(LlamaConfig().to_dict())
    if unknown:
        raise UsageError(f"scratch: unknown settings {sorted(unknown)}; accepted: the fields of LlamaConfig")
    values = {**_DEFAULTS, **settings, "vocab_size": len(tokenizer)}
    torch.manual_seed(seed)
    try:
        return LlamaForCausalLM(
            LlamaConfig(
                **values,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
    except (ValueError, TypeError, RuntimeError) as error:
        raise UsageError(f"scratch: no model can be built of these settings: {error}") from error


def vocabulary_size(settings: dict[str, Any]) -> int:
    """The vocabulary asked for."""
    return int(settings.get("vocab_size", _DEFAULTS["vocab_size"]))

"""Fine-tune a compact encoder on labelled sentences, once for each of several runs.

Needs torch, transformers and safetensors only, so that it can run where the program itself is not installed. A run
leaves some sentences out, learns from the others and writes what it says of those left out, so that no sentence is
judged by an encoder that has seen its document. A run that leaves nothing out writes its weights; with ``--keep`` each
run does.

Example: ``python scripts/encoder_fine_tuning.py work.json.gz --base FOLDER --out runs`` on the processor;
``--device cuda --processes 16`` on a graphics card. ``scripts/train_accurate.py`` writes ``work.json.gz``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

TOKENS = 128
"""Word pieces of a sentence that are read; one sentence in a thousand has more."""

Batch = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an encoder is fine-tuned; chosen on another deal of the folds than the one that is reported.

    Parameters
    ----------
    epochs : int
        Times that each sentence is seen.
    rate : float
        Highest learning rate of the encoder; it rises over the first tenth of the steps and falls to nothing.
    head_rate : float
        The same for the linear layer on top.
    batch : int
        Sentences a step.
    adversary : float
        Length of the step against the word vectors' gradient under which each batch is seen a second time (Miyato, Dai
        and Goodfellow, *Adversarial training methods for semi-supervised text classification*, 2017).
    dropout : float
        Share of the mean vector's numbers that is dropped in training.
    """

    epochs: int = 4
    rate: float = 1e-4
    head_rate: float = 1e-3
    batch: int = 32
    adversary: float = 0.5
    dropout: float = 0.1


class Encoder(torch.nn.Module):
    """An encoder, the mean of its word vectors, and a linear layer to log-probabilities.

    Parameters
    ----------
    base : Path
        Folder with the base model's ``config.json``, weights and tokenizer.
    n_classes : int
        Number of labels.
    dropout : float
        See :class:`Recipe`.
    """

    def __init__(self, base: Path, n_classes: int, dropout: float) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(base, dtype=torch.float32, add_pooling_layer=False)
        self.dropout = torch.nn.Dropout(dropout)
        self.out = torch.nn.Linear(self.body.config.hidden_size, n_classes)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return the log-probabilities, of shape (n_sentences, n_classes)."""
        words = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(words.dtype)
        mean = (words * mask).sum(dim=1) / mask.sum(dim=1)
        return functional.log_softmax(self.out(self.dropout(mean)).float(), dim=-1)


class Sentences:
    """Sentences as word pieces, on the device where the work is done.

    Parameters
    ----------
    texts : list of str
        The sentences.
    base : Path
        Folder of the base model.
    device : str
        ``cpu`` or ``cuda``.
    """

    def __init__(self, texts: list[str], base: Path, device: str) -> None:
        pieces = AutoTokenizer.from_pretrained(base)(texts, truncation=True, max_length=TOKENS)["input_ids"]
        self.lengths = np.array([len(piece) for piece in pieces])
        padded = np.zeros((len(texts), int(self.lengths.max())), dtype=np.int64)
        for row, piece in zip(padded, pieces, strict=True):
            row[: len(piece)] = piece
        self.ids = torch.from_numpy(padded).to(device)

    def batch(self, rows: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the word pieces and the attention mask of some sentences, as wide as the longest."""
        width = int(self.lengths[rows].max())
        ids = self.ids[torch.as_tensor(rows, device=self.ids.device)][:, :width]
        return ids, (ids != 0).long()

    def plan(self, rows: Batch, size: int, chance: np.random.Generator) -> list[Batch]:
        """Return the batches of an epoch: drawn at random, sentences of like length together."""
        shuffled, batches = chance.permutation(rows), []
        for start in range(0, len(shuffled), 20 * size):
            near = shuffled[start : start + 20 * size]
            near = near[np.argsort(self.lengths[near], kind="stable")]
            batches += [near[place : place + size] for place in range(0, len(near), size)]
        return [batches[place] for place in chance.permutation(len(batches))]


def fine_tune(
    base: Path, sentences: Sentences, codes: torch.Tensor, rows: Batch, *, recipe: Recipe, seed: int, n_classes: int
) -> Encoder:
    """Fine-tune the base model on some of the sentences.

    Parameters
    ----------
    base : Path
        Folder of the base model.
    sentences : Sentences
        All sentences.
    codes : Tensor of int64
        Their labels.
    rows : ndarray of int
        Which of them to learn from.
    recipe : Recipe
        How.
    seed : int
        Seed of the batches, the dropout and the linear layer.
    n_classes : int
        Number of labels.

    Returns
    -------
    Encoder
        Fine-tuned, ready to be applied.
    """
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    device = sentences.ids.device
    encoder: Encoder = Encoder(base, n_classes, recipe.dropout).to(device).train()
    plan = [batch for _ in range(recipe.epochs) for batch in sentences.plan(rows, recipe.batch, chance)]
    optimizer = torch.optim.AdamW(_groups(encoder, recipe), fused=device.type == "cuda")
    warm = max(1, len(plan) // 10)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (step + 1) / warm if step < warm else (len(plan) - step) / max(1, len(plan) - warm)
    )
    vectors = encoder.body.embeddings.word_embeddings.weight

    def loss(batch: Batch) -> torch.Tensor:
        with torch.autocast(device.type, dtype=torch.bfloat16):
            found = encoder(*sentences.batch(batch))
        return functional.nll_loss(found, codes[torch.as_tensor(batch, device=device)])

    for batch in plan:
        loss(batch).backward()
        if recipe.adversary:
            with torch.no_grad():
                step = recipe.adversary * vectors.grad / (vectors.grad.norm() + 1e-8)
                vectors.add_(step)
            loss(batch).backward()
            with torch.no_grad():
                vectors.sub_(step)
        torch.nn.utils.clip_grad_norm_(encoder.body.parameters(), 1.0)
        optimizer.step()
        rate.step()
        optimizer.zero_grad(set_to_none=True)
    encoder.eval()
    return encoder


def _groups(encoder: Encoder, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the parameters with their learning rates; biases and norms do not decay."""
    named = list(encoder.body.named_parameters())
    free = [weight for name, weight in named if name.endswith("bias") or "LayerNorm" in name]
    decayed = [weight for name, weight in named if not (name.endswith("bias") or "LayerNorm" in name)]
    return [
        {"params": decayed, "lr": recipe.rate, "weight_decay": 0.01},
        {"params": free, "lr": recipe.rate, "weight_decay": 0.0},
        {"params": list(encoder.out.parameters()), "lr": recipe.head_rate, "weight_decay": 0.0},
    ]


def log_proba(encoder: Encoder, sentences: Sentences, size: int = 256) -> NDArray[np.float32]:
    """Return what an encoder says of sentences.

    Parameters
    ----------
    encoder : Encoder
        Fine-tuned.
    sentences : Sentences
        The sentences.
    size : int, default=256
        Sentences a batch.

    Returns
    -------
    ndarray of shape (n_sentences, n_classes)
        Log-probabilities.
    """
    order = np.argsort(sentences.lengths, kind="stable")
    found = np.zeros((len(order), encoder.out.out_features), dtype=np.float32)
    with torch.inference_mode(), torch.autocast(sentences.ids.device.type, dtype=torch.bfloat16):
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            found[rows] = encoder(*sentences.batch(rows)).cpu().numpy()
    return found


def run_all(work: dict[str, Any], base: Path, out: Path, device: str, part: slice, threads: int, keep: bool) -> None:
    """Do some of the runs, one after the other; those that stand in the folder already are not done again."""
    torch.set_num_threads(threads)
    every = Sentences([*work["sentences"], *work["unlabelled"]], base, device)
    codes = torch.as_tensor(work["labels"], device=device)
    for run in work["runs"][part]:
        target = out / f"{run['name']}.npz"
        if target.exists():
            continue
        start = time.monotonic()
        left_out = np.asarray([*run["held_out"], *run["equal"]], dtype=np.intp)
        rows = np.setdiff1d(np.arange(len(work["sentences"])), left_out)
        recipe = Recipe(**work["recipe"])
        encoder = fine_tune(base, every, codes, rows, recipe=recipe, seed=run["seed"], n_classes=len(work["classes"]))
        if keep or not run["held_out"]:
            save_file(encoder.state_dict(), out / f"{run['name']}.safetensors")
        scores = log_proba(encoder, every)
        partial = out / f".{run['name']}.npz"
        np.savez(partial, log_proba=scores, held_out=np.asarray(run["held_out"], dtype=np.intp))
        partial.replace(target)
        print(f"{run['name']}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--base", type=Path, required=True, help="folder of the base model")
    parser.add_argument("--out", type=Path, required=True, help="folder for what the runs say")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--processes", type=int, default=1, help="runs at a time")
    parser.add_argument("--keep", action="store_true", help="write the weights of every run")
    options = parser.parse_args()
    with gzip.open(options.work, "rt", encoding="utf-8") as file:
        work = json.load(file)
    options.out.mkdir(parents=True, exist_ok=True)
    threads = 1 if options.device == "cuda" else max(1, torch.get_num_threads() // options.processes)
    spawn = multiprocessing.get_context("spawn")
    workers = []
    for place in range(options.processes):
        part = slice(place, None, options.processes)
        given = (work, options.base, options.out, options.device, part, threads, options.keep)
        workers.append(spawn.Process(target=run_all, args=given))
        workers[-1].start()
    for worker in workers:
        worker.join()
    return max(abs(worker.exitcode or 0) for worker in workers) and 1


if __name__ == "__main__":
    sys.exit(main())

"""Choose features and hyper-parameters by cross-validation grouped by document, and write the table of what was tried.

One model for all sources; macro-F1 on each source apart. The plain model is what anybody would try first.

Example: ``python scripts/select_model.py`` writes ``models/selection.csv``, which goes into the model card.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from default_corpus import ROOT, default_corpus
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from bias_detect.language.pipeline import Sentence
from bias_detect.model.classifier import linear_pipeline
from bias_detect.model.features import read
from bias_detect.model.metrics import classification_figures
from bias_detect.model.rule import predict_rule
from bias_detect.model.splits import document_codes, plan_folds, sentence_keys

VARIANTS: dict[str, dict[str, Any]] = {
    "words 1-3, cues, C=10 (chosen)": {},
    "without cues": {"features__cues": False},
    "words 1-2": {"features__words": (1, 2)},
    "words 1-4": {"features__words": (1, 4)},
    "features of 2 documents": {"features__min_documents": 2},
    "features of 5 documents": {"features__min_documents": 5},
    "C=1": {"linear__C": 1.0},
    "C=3": {"linear__C": 3.0},
    "C=30": {"linear__C": 30.0},
    "classes not balanced": {"linear__class_weight": None},
    "TF not sublinear": {"tfidf__sublinear_tf": False},
}


def plain_pipeline() -> Pipeline:
    """Return TF-IDF of words with logistic regression, nothing tuned."""
    return make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "models" / "selection.csv")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    table = default_corpus()
    texts, labels = table["sentence"].tolist(), table["label"].to_numpy(dtype=str)
    keys = sentence_keys(texts)
    documents, _ = document_codes(keys, table["document"].tolist())
    folds, _ = plan_folds(labels.tolist(), documents, keys, seed=options.seed)
    sentences = read(texts)

    def predicted(pipeline: Pipeline, items: list[Sentence] | list[str]) -> Any:
        found = np.empty(len(items), dtype=labels.dtype)
        for fold in folds:
            given = {"features__groups": documents[fold.train]} if "features" in pipeline.named_steps else {}
            pipeline.fit([items[i] for i in fold.train], labels[fold.train], **given)
            found[fold.test] = pipeline.predict([items[i] for i in fold.test])
        return found

    jobs = [delayed(predicted)(plain_pipeline(), texts)]
    jobs += [delayed(predicted)(linear_pipeline().set_params(**changed), sentences) for changed in VARIANTS.values()]
    names = ["signals-only rule", "plain TF-IDF and logistic regression", *VARIANTS]
    results = [np.array(predict_rule(texts)), *Parallel(options.jobs)(jobs)]
    rows = [row for name, found in zip(names, results, strict=True) for row in figures(name, found, table, documents)]
    pd.DataFrame(rows).to_csv(options.output, index=False, float_format="%.4f", lineterminator="\n")
    print(
        pd.DataFrame(rows).pivot(index="variant", columns="source", values="macro_f1").loc[names].round(3).to_string()
    )


def figures(name: str, found: Any, table: pd.DataFrame, documents: Any) -> list[dict[str, Any]]:
    """Return macro-F1 with its interval on each source."""
    rows = []
    for source in table["source"].unique():
        chosen = (table["source"] == source).to_numpy()
        given = table.loc[chosen, "label"].tolist()
        classes = sorted(set(table["label"]))
        measured = classification_figures(given, None, classes, documents[chosen].tolist(), y_pred=list(found[chosen]))
        figure = measured["macro_f1"]
        rows.append(
            {
                "variant": name,
                "source": source,
                "macro_f1": figure["value"],
                "low": figure["low"],
                "high": figure["high"],
            }
        )
    return rows


if __name__ == "__main__":
    main()

"""An operator's own words for a category or a unit, learned from tickets that people decided.

What is learned stands on the shipped rules: their points are features beside the characters of the text, so that few
examples are enough and a class without examples keeps its rule.
"""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedKFold

from asr.prefill.categories import category_scores
from core.errors import InvalidInput

_CHARACTERS = (1, 3)
"""Lengths of the character sequences that count."""
_BALANCE = 0.5
"""0: rare classes count by their number; 1: all classes count the same. On appeals not seen, 0.3 to 0.7 give the same
within a point; beyond, rare classes are told too often."""
_RULE_SCALE = 3.0
_FEWEST = 20
"""Fewest examples worth learning from."""
_FOLDS = 5
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """How well labels are told: share that is right, and F1 averaged over the labels (0 to 1)."""

    accuracy: float
    macro_f1: float
    examples: int


def figures(wanted: Sequence[str], told: Sequence[str]) -> Figures:
    """Compare labels; F1 counts every label that is wanted or told."""
    return Figures(
        float(accuracy_score(wanted, told)), float(f1_score(wanted, told, average="macro", zero_division=0)), len(told)
    )


class LearnedLabels:
    """A trained model: text → label with probability."""

    def __init__(self, vectoriser: Any, classifier: Any) -> None:
        self._vectoriser = vectoriser
        self._classifier = classifier

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[str]) -> "LearnedLabels":
        """Learn from texts and the labels people gave them.

        Raises:
            InvalidInput: fewer than 20 examples, or all with one label.
        """
        counts = Counter(labels)
        if len(texts) < _FEWEST or len(counts) < 2:  # noqa: PLR2004 - nothing to tell apart
            raise InvalidInput("train", f"样本不足:至少需要 {_FEWEST} 条、两种以上结果", code="too_few_examples")
        vectoriser = TfidfVectorizer(analyzer="char", ngram_range=_CHARACTERS, sublinear_tf=True, min_df=2)
        features = _joined(vectoriser.fit_transform(texts), texts)
        weights = {label: (len(texts) / (len(counts) * count)) ** _BALANCE for label, count in counts.items()}
        classifier = LogisticRegression(C=1.0, class_weight=weights, max_iter=500)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            classifier.fit(features, labels)
        return cls(vectoriser, classifier)

    @classmethod
    def read(cls, path: Path) -> "LearnedLabels":
        """Read what `write` wrote. Only files of the platform's own home: the form can carry code.

        Raises:
            InvalidInput: it is no such file.
        """
        try:
            content = joblib.load(path)
            if content["format"] == _FORMAT:
                return cls(content["vectoriser"], content["classifier"])
        except Exception as error:  # a damaged file raises whatever its bytes happen to mean
            raise InvalidInput("model", f"无法读取 {path.name},请重新运行 hotline prefill train") from error
        raise InvalidInput("model", f"{path.name} 属于其他版本,请重新运行 hotline prefill train")

    def write(self, path: Path) -> None:
        """Keep the model; readable by the platform's user only, since its weights stem from what citizens said."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        joblib.dump({"format": _FORMAT, "vectoriser": self._vectoriser, "classifier": self._classifier}, fresh)
        fresh.chmod(0o600)
        fresh.replace(path)

    def tell(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return (label, probability) for each text."""
        if not texts:
            return []
        chances: npt.NDArray[np.float64] = self._classifier.predict_proba(
            _joined(self._vectoriser.transform(texts), texts)
        )
        names = self._classifier.classes_
        return [(str(names[int(row.argmax())]), float(row.max())) for row in chances]


def evaluated(texts: Sequence[str], labels: Sequence[str]) -> Figures:
    """Measure by cross-validation: each example is told by a model that did not see it.

    Raises:
        InvalidInput: too few examples.
    """
    rarest = min(Counter(labels).values(), default=0)
    folds = max(2, min(_FOLDS, rarest))
    told = [""] * len(texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = list(StratifiedKFold(folds, shuffle=True, random_state=1).split(texts, labels)) if texts else []
    for learn, ask in parts:
        model = LearnedLabels.train([texts[i] for i in learn], [labels[i] for i in learn])
        for index, (label, _) in zip(ask, model.tell([texts[i] for i in ask]), strict=True):
            told[index] = label
    return figures(labels, told)


def _joined(characters: Any, texts: Sequence[str]) -> Any:
    rows = []
    for text in texts:
        points = category_scores([text])
        total = sum(points.values()) + 1.0
        names = sorted(points)
        rows.append([points[name] / _RULE_SCALE for name in names] + [2 * points[name] / total for name in names])
    return hstack([characters, csr_matrix(np.array(rows))]).tocsr()

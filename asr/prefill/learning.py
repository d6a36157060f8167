"""An operator's own words for a category or a unit, learned from tickets that people decided.

What is learned stands on the shipped rules: their points are features beside the characters of the text, so that few
examples are enough and a class without examples keeps its rule.
"""

import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

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
_FORMAT = 2
_RULES = 12
"""Features that come from the shipped rules: points and share of each of the six categories."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How well labels are told: share that is right, and F1 averaged over the labels (0 to 1)."""

    accuracy: float
    macro_f1: float
    examples: int


def figures(wanted: Sequence[str], told: Sequence[str]) -> Figures:
    """Compare labels; F1 counts every label that is wanted or told."""
    from sklearn.metrics import accuracy_score, f1_score

    return Figures(
        float(accuracy_score(wanted, told)), float(f1_score(wanted, told, average="macro", zero_division=0)), len(told)
    )


@dataclass(frozen=True)
class LearnedLabels:
    """A trained model: text → label with probability. Nothing but strings and numbers, so that a file cannot act.

    scikit-learn trains it; asking it takes numpy alone, so that a role that listens to calls stays small.
    """

    labels: tuple[str, ...]
    sequences: tuple[str, ...]
    """Character sequences that count, in the order of the columns of `weights`; the rules' features come after."""
    rarity: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[str]) -> "LearnedLabels":
        """Learn from texts and the labels people gave them.

        Raises:
            InvalidInput: fewer than 20 examples, or all with one label.
        """
        counts = Counter(labels)
        if len(texts) < _FEWEST or len(counts) < 2:  # noqa: PLR2004 - nothing to tell apart
            raise InvalidInput("train", f"样本不足:至少需要 {_FEWEST} 条、两种以上结果", code="too_few_examples")
        from scipy.sparse import csr_matrix, hstack
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        vectoriser = TfidfVectorizer(
            analyzer=lambda text: list(_sequences(text)), sublinear_tf=True, min_df=2, lowercase=False
        )
        characters = vectoriser.fit_transform(texts)
        features = hstack([characters, csr_matrix(np.array([_by_rules(text) for text in texts]))]).tocsr()
        weights = {label: (len(texts) / (len(counts) * count)) ** _BALANCE for label, count in counts.items()}
        classifier = LogisticRegression(C=1.0, class_weight=weights, max_iter=500)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            classifier.fit(features, labels)
        rows, bias = classifier.coef_, classifier.intercept_
        if len(rows) == 1:  # two labels: one row tells the second from the first
            rows, bias = np.vstack([-rows / 2, rows / 2]), np.concatenate([-bias / 2, bias / 2])
        names = tuple(str(name) for name in vectoriser.get_feature_names_out())
        return cls(tuple(str(one) for one in classifier.classes_), names, vectoriser.idf_, rows, bias)

    @classmethod
    def read(cls, path: Path) -> "LearnedLabels":
        """Read what `write` wrote. The form is arrays without objects: a file from elsewhere can be wrong, not harmful.

        Raises:
            InvalidInput: it is no such file.
        """
        try:
            with np.load(path, allow_pickle=False) as content:
                told = json.loads(bytes(content["names"]).decode())
                found = cls(
                    tuple(told["labels"]),
                    tuple(told["sequences"]),
                    content["rarity"],
                    content["weights"],
                    content["bias"],
                )
        except Exception as error:  # a damaged file raises whatever its bytes happen to mean
            raise InvalidInput("model", f"无法读取 {path.name},请重新运行 hotline prefill train") from error
        if told.get("format") != _FORMAT or not found._fits():
            raise InvalidInput("model", f"{path.name} 属于其他版本,请重新运行 hotline prefill train")
        return found

    def write(self, path: Path) -> None:
        """Keep the model; readable by the platform's user only, since its weights stem from what citizens said."""
        path.parent.mkdir(parents=True, exist_ok=True)
        names = json.dumps({"format": _FORMAT, "labels": self.labels, "sequences": self.sequences}, ensure_ascii=False)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        with fresh.open("wb") as stream:
            np.savez_compressed(
                stream,
                names=np.frombuffer(names.encode(), dtype=np.uint8),
                rarity=self.rarity,
                weights=self.weights,
                bias=self.bias,
            )
        fresh.replace(path)

    def tell(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return (label, probability) for each text."""
        found = []
        for text in texts:
            scores = self._scores(text)
            chances = np.exp(scores - scores.max())
            best = int(chances.argmax())
            found.append((self.labels[best], float(chances[best] / chances.sum())))
        return found

    def _scores(self, text: str) -> npt.NDArray[np.float64]:
        """Weigh sequences as in training: 1 + ln of their count, times rarity, brought to length 1."""
        counts = Counter(at for one in _sequences(text) if (at := self._columns.get(one)) is not None)
        scores = self.bias + self.weights[:, len(self.sequences) :] @ np.array(_by_rules(text))
        if counts:
            columns = np.array(list(counts))
            values = np.array([1.0 + math.log(count) for count in counts.values()]) * self.rarity[columns]
            scores = scores + self.weights[:, columns] @ (values / np.linalg.norm(values))
        return np.asarray(scores)

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self.sequences)}

    def _fits(self) -> bool:
        shape = (len(self.labels), len(self.sequences) + _RULES)
        return self.weights.shape == shape and len(self.rarity) == len(self.sequences) and len(self.bias) == shape[0]


def evaluated(texts: Sequence[str], labels: Sequence[str]) -> Figures:
    """Measure by cross-validation: each example is told by a model that did not see it.

    Raises:
        InvalidInput: too few examples.
    """
    from sklearn.model_selection import StratifiedKFold

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


def _sequences(text: str) -> Iterator[str]:
    plain = re.sub(r"\s+", " ", text.lower())
    for length in range(_CHARACTERS[0], _CHARACTERS[1] + 1):
        yield from (plain[at : at + length] for at in range(len(plain) - length + 1))


def _by_rules(text: str) -> list[float]:
    points = category_scores([text])
    total = sum(points.values()) + 1.0
    names = sorted(points)
    return [points[name] / _RULE_SCALE for name in names] + [2 * points[name] / total for name in names]

# SPDX-License-Identifier: Apache-2.0
"""A reader of Prometheus' text format 0.0.4 that takes no more than what the format allows."""
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")


class Error(Exception):
    pass


def need(good, line, what):
    if not good:
        raise Error("%s: %r" % (what, line))


def read_labels(text, line):
    """The labels at the beginning of a text, behind "{", and what follows "}"."""
    labels = {}
    while not text.startswith("}"):
        found = LABEL.match(text)
        need(found, line, "no name of a label")
        name, text = found.group(), text[found.end():]
        need(text.startswith('="'), line, "no value of a label")
        text, value = text[2:], ""
        while not text.startswith('"'):
            need(text, line, "a value without an end")
            if text[0] == "\\":
                need(text[1:2] in ("\\", '"', "n") and len(text) > 1, line, "an unknown escape")
                value += {"n": "\n"}.get(text[1], text[1])
                text = text[2:]
            else:
                value += text[0]
                text = text[1:]
        text = text[1:]
        need(name not in labels, line, "a label twice")
        labels[name] = value
        if text.startswith(","):
            text = text[1:]
            need(not text.startswith("}"), line, "a comma at the end")
        else:
            need(text.startswith("}"), line, "no comma between labels")
    return labels, text[1:]


def read_sample(line):
    found = re.match(r"[a-zA-Z_:][a-zA-Z0-9_:]*", line)
    need(found, line, "no name")
    name, rest, labels = found.group(), line[found.end():], {}
    if rest.startswith("{"):
        labels, rest = read_labels(rest[1:], line)
    need(re.match(r" (NaN|[+-]Inf|[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\Z", rest), line,
         "no value")
    return name, labels, float(rest[1:])


def parse(data):
    """Bytes to {name: (type, {labels as a sorted tuple of pairs: value})}."""
    text = data.decode("utf-8")
    need(text.endswith("\n"), text[-80:], "no newline at the end")
    families, current, helped = {}, None, None
    for line in text[:-1].split("\n"):
        need(line == line.strip() and line, line, "blanks around a line, or none in it")
        words = line.split(" ", 3)
        if line.startswith("# HELP "):
            need(len(words) == 4 and NAME.match(words[2]), line, "no name")
            need(words[2] not in families, line, "a family in two places")
            helped = words[2]
        elif line.startswith("# TYPE "):
            need(len(words) == 4 and words[3] in TYPES, line, "no type")
            need(words[2] == helped, line, "a type of another family than the help before")
            current = words[2]
            families[current] = (words[3], {})
        else:
            need(not line.startswith("#"), line, "a comment")
            name, labels, value = read_sample(line)
            need(name == current, line, "a sample of another family")
            kind, samples = families[name]
            key = tuple(sorted(labels.items()))
            need(key not in samples, line, "a sample twice")
            need(kind != "counter" or value >= 0, line, "a counter below 0")
            samples[key] = value
    for name, (_, samples) in families.items():
        need(samples, name, "a family without samples")
    return families

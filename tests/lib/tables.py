# SPDX-License-Identifier: Apache-2.0
"""The reference tables (*.tsv) for tests that compare with them."""
import os


def rows(path):
    """Rows of a table as dictionaries. Lines with # are comments, the first other is the head."""
    with open(path, encoding="utf-8") as table:
        lines = [line.rstrip("\n") for line in table]
    lines = [line for line in lines if not line.startswith("#")]
    head = lines[0].split("\t")
    result = []
    for line in lines[1:]:
        cells = line.split("\t")
        cells += [""] * (len(head) - len(cells))
        result.append(dict(zip(head, cells)))
    return result


class Schema:
    """Events, parameters, types and conversion rules of the reference."""

    def __init__(self, folder):
        def load(name):
            return rows(os.path.join(folder, name + ".tsv"))

        self.events = {int(row["id"]): row for row in load("events")}
        self.params = {id_: [] for id_ in self.events}
        for row in load("event_params"):
            self.params[int(row["event_id"])].append(row)
        self.types = {row["type"]: row for row in load("types")}
        self.ids = {row["constant"]: id_ for id_, row in self.events.items()}
        self.rules = {(int(row["event_id"]), int(row["nparams_key"])): row
                      for row in load("scap_conversions")}

    def flags(self, type_):
        return self.events[type_]["flags"].split("|")

    def nparams(self, type_):
        return int(self.events[type_]["nparams"])

    def param_types(self, type_):
        return [row["type"] for row in self.params[type_]]

    def versions(self, name, exit_):
        """Event types of a name, exit ones or enter ones: today's first, then from new to old."""
        ids = [id_ for id_, row in self.events.items()
               if row["name"] == name and id_ % 2 == exit_]
        return sorted(ids, key=lambda id_: ("EF_OLD_VERSION" in self.flags(id_), -id_))

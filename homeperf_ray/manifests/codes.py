"""The codes of manifests: HP901 and above."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["critical", "error", "warning"]


class Rule(msgspec.Struct, frozen=True):
    """A stable code, what it means in one line, and what to do next."""

    id: str
    title: str
    severity: Severity
    hint: str


RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("HP901", "a file is no YAML", "critical", "Mend the line; a document ends at the next ---."),
        Rule("HP902", "a key is there twice", "critical", "Keep one of them: the first is lost without a word."),
        Rule("HP903", "a file cannot be read", "error", "ls -l FILE"),
        Rule("HP904", "an object does not say what it is", "critical", "Give it both apiVersion and kind."),
        Rule("HP905", "Kubernetes has no such kind", "critical", "kubectl api-resources"),
        Rule(
            "HP906", "an API version was removed", "critical", "kubectl convert -f FILE --output-version GROUP/VERSION"
        ),
        Rule("HP907", "an API version is deprecated", "warning", "Move to the newer version before it is removed."),
        Rule("HP910", "a value has the wrong type", "critical", "kubectl explain KIND.FIELD"),
        Rule("HP911", "a required field is missing", "critical", "kubectl explain KIND.FIELD"),
        Rule("HP912", "a field is not known", "warning", "kubectl explain KIND.FIELD"),
        Rule("HP913", "a value is not one of those allowed", "critical", "kubectl explain KIND.FIELD"),
        Rule("HP914", "a value is out of bounds or malformed", "critical", "kubectl explain KIND.FIELD"),
        Rule("HP915", "fields exclude or need each other", "critical", "kubectl explain KIND.FIELD"),
        Rule("HP916", "a list holds an item twice", "critical", "Remove or rename one of them."),
        Rule("HP920", "a name is not allowed", "critical", "Lower case letters, digits and - are always allowed."),
        Rule(
            "HP921", "a label or annotation is malformed", "critical", "[PREFIX/]NAME: up to 63 letters, digits, - _ ."
        ),
        Rule("HP922", "a quantity is malformed", "critical", "Write 250m, 0.5, 512Mi or 2Gi."),
        Rule("HP923", "an image has no fixed version", "warning", "Name a tag, better a digest."),
        Rule("HP924", "an object contradicts itself", "critical", "kubectl explain KIND.FIELD"),
        Rule(
            "HP930", "an object is there twice", "critical", "Remove one of them, or give it another name or namespace."
        ),
        Rule("HP931", "a kustomization names what is not there", "critical", "kustomize build FOLDER"),
        Rule("HP932", "a Flux Kustomization's path is not there", "critical", "Mend spec.path; it starts at the root."),
        Rule("HP933", "a chart's source is not there", "warning", "flux get sources all -A"),
        Rule("HP934", "a reference points nowhere", "warning", "Mend the name, or add what it names."),
        Rule("HP935", "a kustomization cannot be built", "critical", "kustomize build FOLDER"),
        Rule("HP940", "a variable has no value", "critical", "Add it to postBuild, or write ${NAME:=default}."),
        Rule(
            "HP941",
            "a substitution is malformed",
            "critical",
            "A text that begins with ${ is written $${; docs/validate.md lists the forms.",
        ),
    )
}

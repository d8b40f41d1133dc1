"""schemas.py CRDS VERSION RENDERED...: holds every rendered object against its schema: Kubernetes' own of that version, or the operator's, whose
definitions are in the folder CRDS (*-crd.json). Unknown fields are mistakes. Needs kubernetes-validate, which brings jsonschema. Exit 1 with each mistake.
"""
import json
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml


def closed(schema):
    """The same, with nothing allowed that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def operators(folder):
    kinds = {}
    for file in Path(folder).glob("*-crd.json"):
        spec = json.loads(file.read_text(encoding="utf-8"))["spec"]
        for version in spec["versions"]:
            kinds[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = closed(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    return kinds


def mistakes(rendered, kubernetes, kinds):
    kind = rendered["apiVersion"], rendered["kind"]
    if kind in kinds:
        return [f"{'.'.join(map(str, each.path))}: {each.message}" for each in jsonschema.Draft202012Validator(kinds[kind]).iter_errors(rendered["spec"])]
    try:
        kubernetes_validate.validate(rendered, kubernetes, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [error.message]
    return []


def main(crds, kubernetes, *files):
    kinds, seen, found = operators(crds), set(), []
    for file in files:
        for rendered in filter(None, yaml.safe_load_all(Path(file).read_text(encoding="utf-8"))):
            seen.add(rendered["kind"])
            found += [f"{file}: {rendered['kind']} {rendered['metadata']['name']}: {each}" for each in mistakes(rendered, kubernetes, kinds)]
    print("\n".join(found) or f"as their schemas want: {', '.join(sorted(seen))}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

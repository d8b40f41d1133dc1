#!/usr/bin/env python3
"""sbom.py PROGRAM VERSION PACKAGES...: an SPDX 2.3 document of what the program is made of, to stdout.

PACKAGES are the Debian packages that it was built with; what it is linked with is asked of it. Each with its version and licence, which is the one
of the parts that get into a program, not of a package's tests and build scripts. The time is that of SOURCE_DATE_EPOCH. Exit 1 where a licence is not
known here: look it up in /usr/share/doc/PACKAGE/copyright and add it to LICENCES.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timezone

TOOLS = {"ccache", "cmake", "g++", "ninja-build", "tzdata"}  # nothing of them is in the program
LICENCES = {  # by the beginning of the name of Debian's source package
    "abseil": "Apache-2.0", "boost": "BSL-1.0", "cli11": "BSD-3-Clause", "curl": "curl", "expected-lite": "BSL-1.0", "tl-expected": "CC0-1.0",
    "fmtlib": "MIT", "jemalloc": "BSD-2-Clause", "jq": "MIT", "libxcrypt": "LGPL-2.1-or-later", "spdlog": "MIT", "sqlite3": "blessing",
    "openssl": "Apache-2.0", "yaml-cpp": "MIT", "nettle": "LGPL-3.0-or-later OR GPL-2.0-or-later", "nlohmann-json": "MIT", "prometheus-cpp": "MIT",
    "zlib": "Zlib", "glibc": "LGPL-2.1-or-later", "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1", "gmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
}


def lines_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def licence_of(source):
    for name, licence in LICENCES.items():
        if source.startswith(name):
            return licence
    return sys.exit(f"sbom.py: the licence of {source} is not known here")


def installed(package):
    source, version = lines_of("dpkg-query", "--show", "--showformat", "${source:Package} ${Version}\n", package)[0].split()
    return {"SPDXID": f"SPDXRef-{re.sub('[^A-Za-z0-9.-]', '-', package)}", "name": package, "versionInfo": version, "supplier": "Organization: Debian",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": licence_of(source), "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION", "sourceInfo": f"Debian's source package {source}"}


def linked_packages(program):
    libraries = [line.split(" => ")[1].split()[0] for line in lines_of("ldd", program) if " => /" in line]
    # dpkg knows them by the path that their package has, which /lib being a link to /usr/lib may hide.
    paths = {path for each in libraries for path in (each, f"/usr{each}", each.removeprefix("/usr"), os.path.realpath(each))}
    owners = subprocess.run(["dpkg-query", "--search", *paths], capture_output=True, text=True, check=False).stdout.splitlines()
    packages = {owner.split(":")[0] for owner in owners if not owner.startswith("diversion")}
    return sorted(packages) or sys.exit("sbom.py: no package has what the program is linked with")


def document(program, version, packages):
    built_with = [installed(each) for each in sorted(set(packages) - TOOLS)]
    linked = [installed(each) for each in linked_packages(program)]
    parts = hashlib.sha256(json.dumps([built_with, linked]).encode()).hexdigest()
    itself = {"SPDXID": "SPDXRef-cpaas-exporter", "name": "cpaas_exporter", "versionInfo": version, "supplier": "NOASSERTION",
              "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
              "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION"}
    time = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", itself["SPDXID"])]
    relations += [(each["SPDXID"], "BUILD_DEPENDENCY_OF", itself["SPDXID"]) for each in built_with]
    relations += [(itself["SPDXID"], "DYNAMIC_LINK", each["SPDXID"]) for each in linked]
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"cpaas_exporter-{version}",
            "documentNamespace": f"urn:cpaas_exporter:{version}:{parts}", "creationInfo": {"created": time, "creators": ["Tool: sbom.py"]},
            "packages": [itself, *built_with, *linked],
            "relationships": [{"spdxElementId": of, "relationshipType": how, "relatedSpdxElement": to} for of, how, to in relations]}


if __name__ == "__main__":
    json.dump(document(sys.argv[1], sys.argv[2], sys.argv[3:]), sys.stdout, indent=1)
    print()

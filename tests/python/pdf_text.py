"""Prints what each page of a PDF says, and its title, as JSON."""

import json
import sys

from pypdf import PdfReader

reader = PdfReader(sys.argv[1])
json.dump({"title": reader.metadata.title, "pages": [page.extract_text() for page in reader.pages]}, sys.stdout)

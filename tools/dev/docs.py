"""./dev docs: writes the documents that are made from the code."""

from console import relative, say
import limits_doc


def add_arguments(parser):
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a document is out of date")


def main(arguments):
    wanted = {limits_doc.PAGE: limits_doc.page()}
    stale = [file for file, content in wanted.items() if not file.is_file() or file.read_text() != content]
    for file in stale:
        if not arguments.check:
            file.write_text(wanted[file])
        say(f"{'out of date' if arguments.check else 'written'}: {relative(file)}")
    if not stale:
        say("every document is up to date")
    return 1 if stale and arguments.check else 0

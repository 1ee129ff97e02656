"""The documentation site: the repository's own documents, sorted by what a reader wants, in both languages.

The files stay where they are, because GitHub shows them there, too; `pages.yaml` says where each one is in
the site. A page is rendered by the same kind of Markdown as GitHub's (CommonMark with tables), not by
Python-Markdown, which reads lists differently; MkDocs Material draws what is around it, and searches.
"""

"""The administrators' pages, over storage, access and observability.

```
app        from a request to a page           routes     each address with the right that it needs
services   what pages work with, built once   metrics    /metrics and /healthz
signing/   who is there: logins, sessions     web/       HTML, charts, the frame: pure
reading/   data in bounded requests           pages/     what each page does and shows
static/    the style sheet and the script
```
"""

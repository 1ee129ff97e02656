"""Drawings of DingTalk's console for the guide; `python -m infra.drawings` writes them."""

"""Coze's v3 API: the cloud, and Coze Studio with what is different there.

Source: the documentation of the chat, its Python client 0.20, and Coze Studio's `backend/` (2026-03).
"""

"""OpenAI's chat completions, as plain servers speak them and as FastGPT and RAGFlow do."""

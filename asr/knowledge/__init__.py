"""The knowledge base: articles an agent answers from, searched by their words."""

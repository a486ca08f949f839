"""A trainer for Bough's workers on PyTorch and Hugging Face transformers."""

__version__ = "0.1.0"

"""Reports go where others see them: Spaces of the Hugging Face Hub."""

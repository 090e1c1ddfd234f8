"""What goes wrong with SageMaker policies in practice: rules of our own, RC101 to RC604."""

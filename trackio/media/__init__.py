"""What can be logged beside numbers: images, video, audio, tables, histograms and more, each a class of its own."""

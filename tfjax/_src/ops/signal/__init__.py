"""Signal processing: Fourier and cosine transforms, frames, windows, sound files."""

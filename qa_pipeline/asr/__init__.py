"""Speech recognition: the port, the faster-whisper adapter, and the models it runs on."""

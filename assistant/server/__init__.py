"""`assistant serve`: bedside tablets over HTTPS and WebSocket."""

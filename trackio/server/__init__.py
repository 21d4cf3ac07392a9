"""The server: takes journals in, hands runs out, and lets whoever has the token change them."""
